# Moves old objects to cheaper classes. Current objects are never removed.

resource "aws_s3_bucket_lifecycle_configuration" "zone" {
  for_each = local.zones
  # Rules for old versions require versioning.
  bucket = aws_s3_bucket_versioning.zone[each.key].bucket

  # Only data objects. Commits are small and read at every tick, and cost more in the cheaper classes,
  # which bill at least 128 KiB per object.
  transition_default_minimum_object_size = "all_storage_classes_128K"

  rule {
    id     = "data-to-cheaper-classes"
    status = "Enabled"

    filter {}

    transition {
      days          = var.infrequent_after_days
      storage_class = "STANDARD_IA"
    }

    transition {
      days          = var.archive_after_days
      storage_class = "GLACIER_IR"
    }
  }

  # An evicted instance leaves unfinished multipart uploads, which are invisible and billed.
  rule {
    id     = "abort-unfinished-uploads"
    status = "Enabled"

    filter {}

    abort_incomplete_multipart_upload {
      days_after_initiation = 2
    }
  }

  # Such versions exist only after a deletion by a break-glass principal. Until then it can be undone.
  rule {
    id     = "forget-deleted-versions"
    status = "Enabled"

    filter {}

    noncurrent_version_expiration {
      noncurrent_days = var.noncurrent_days
    }
  }
}

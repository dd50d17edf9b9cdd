# What old objects cost. Nothing current is ever removed.

resource "aws_s3_bucket_lifecycle_configuration" "zone" {
  for_each = local.zones
  # Rules about old versions need a bucket that keeps them.
  bucket = aws_s3_bucket_versioning.zone[each.key].bucket

  # Data objects and no commits: those are small, read at every tick, and would cost more in the
  # cheaper classes, which bill 128 KiB for each object.
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

  # An evicted instance leaves its multipart upload unfinished: invisible, and billed for.
  rule {
    id     = "abort-unfinished-uploads"
    status = "Enabled"

    filter {}

    abort_incomplete_multipart_upload {
      days_after_initiation = 2
    }
  }

  # There are such versions only after somebody broke the glass, and there is time to undo it.
  rule {
    id     = "forget-deleted-versions"
    status = "Enabled"

    filter {}

    noncurrent_version_expiration {
      noncurrent_days = var.noncurrent_days
    }
  }
}

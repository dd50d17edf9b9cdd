# The lake: a bucket per zone, in which nothing is ever overwritten or deleted.

locals {
  zones = toset(["ingestion", "processed"])
}

resource "aws_s3_bucket" "zone" {
  for_each = local.zones

  # Bucket names are global, so the account and the region are part of them.
  bucket = "${var.name}-${each.key}-${data.aws_caller_identity.current.account_id}-${var.region}"
}

# Conditional writes look only at the current version: an object that was overwritten or deleted in
# spite of everything is still there under its version.
resource "aws_s3_bucket_versioning" "zone" {
  for_each = local.zones
  bucket   = aws_s3_bucket.zone[each.key].id

  versioning_configuration {
    status = "Enabled"
  }
}

# S3's own keys: a customer key would be one more thing whose loss loses the lake, and is billed for
# every request of every tick.
resource "aws_s3_bucket_server_side_encryption_configuration" "zone" {
  for_each = local.zones
  bucket   = aws_s3_bucket.zone[each.key].id

  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm = "AES256"
    }
  }
}

resource "aws_s3_bucket_public_access_block" "zone" {
  for_each = local.zones
  bucket   = aws_s3_bucket.zone[each.key].id

  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

# No ACLs: policies alone say who may do what.
resource "aws_s3_bucket_ownership_controls" "zone" {
  for_each = local.zones
  bucket   = aws_s3_bucket.zone[each.key].id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_object_lock_configuration" "zone" {
  for_each = var.object_lock_days == null ? toset([]) : local.zones
  # Object lock needs a bucket that is versioned.
  bucket = aws_s3_bucket_versioning.zone[each.key].bucket

  rule {
    default_retention {
      # Not COMPLIANCE, which not even AWS can undo: an erasure that the law demands must be
      # possible.
      mode = "GOVERNANCE"
      days = var.object_lock_days
    }
  }
}

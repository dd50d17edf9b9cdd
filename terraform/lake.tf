# The lake: a bucket per zone. Objects are never overwritten or deleted.

locals {
  zones = toset(["ingestion", "processed"])
}

resource "aws_s3_bucket" "zone" {
  for_each = local.zones

  # Bucket names are global, so they contain the account and the region.
  bucket = "${var.name}-${each.key}-${data.aws_caller_identity.current.account_id}-${var.region}"
}

# Conditional writes check only the current version. An object that was overwritten or deleted anyway can
# be restored from its version.
resource "aws_s3_bucket_versioning" "zone" {
  for_each = local.zones
  bucket   = aws_s3_bucket.zone[each.key].id

  versioning_configuration {
    status = "Enabled"
  }
}

# S3's own keys. Losing a customer key would lose the lake, and every request of every tick would be
# billed.
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

# No ACLs: only policies grant access.
resource "aws_s3_bucket_ownership_controls" "zone" {
  for_each = local.zones
  bucket   = aws_s3_bucket.zone[each.key].id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_object_lock_configuration" "zone" {
  for_each = var.object_lock_days == null ? toset([]) : local.zones
  # Object lock requires versioning.
  bucket = aws_s3_bucket_versioning.zone[each.key].bucket

  rule {
    default_retention {
      # Not COMPLIANCE, which not even AWS can undo: an erasure that the law requires must be possible.
      mode = "GOVERNANCE"
      days = var.object_lock_days
    }
  }
}

# The folder of the source "files": a bucket of its own, or one that exists already. People and other
# systems drop files there. The crons only read them: they remember what they have loaded in the lake.

locals {
  creates_files_bucket = var.files_url == null
  files_url            = local.creates_files_bucket ? "s3://${aws_s3_bucket.files[0].bucket}" : var.files_url
  reads_files          = local.files_url != "off"

  # s3://BUCKET/FOLDER
  files_parts  = split("/", trimsuffix(trimprefix(local.files_url, "s3://"), "/"))
  files_bucket = "arn:${data.aws_partition.current.partition}:s3:::${local.files_parts[0]}"
  files_folder = join("", [for part in slice(local.files_parts, 1, length(local.files_parts)) : "${part}/"])

  # Listing and reading, in this folder. Nothing else.
  files_permissions = [
    for statement in [
      {
        Sid      = "ReadFiles"
        Effect   = "Allow"
        Action   = "s3:GetObject"
        Resource = "${local.files_bucket}/${local.files_folder}*"
      },
      merge(
        {
          Sid      = "ListFiles"
          Effect   = "Allow"
          Action   = "s3:ListBucket"
          Resource = local.files_bucket
        },
        # A request without a prefix would not meet the condition.
        local.files_folder == "" ? {} : { Condition = { StringLike = { "s3:prefix" = "${local.files_folder}*" } } },
      ),
    ] : statement if local.reads_files
  ]
}

resource "aws_s3_bucket" "files" {
  count = local.creates_files_bucket ? 1 : 0

  # Bucket names are global, so they contain the account and the region.
  bucket = "${var.name}-files-${data.aws_caller_identity.current.account_id}-${var.region}"
}

# A file that was replaced or deleted by mistake can be restored from its version.
resource "aws_s3_bucket_versioning" "files" {
  count  = length(aws_s3_bucket.files)
  bucket = aws_s3_bucket.files[count.index].id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "files" {
  count  = length(aws_s3_bucket.files)
  bucket = aws_s3_bucket.files[count.index].id

  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm = "AES256"
    }
  }
}

resource "aws_s3_bucket_public_access_block" "files" {
  count  = length(aws_s3_bucket.files)
  bucket = aws_s3_bucket.files[count.index].id

  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

# No ACLs: only policies grant access.
resource "aws_s3_bucket_ownership_controls" "files" {
  count  = length(aws_s3_bucket.files)
  bucket = aws_s3_bucket.files[count.index].id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_policy" "files" {
  count = length(aws_s3_bucket.files)
  # Waits for the public access block: S3 can report a conflict when both change at the same time.
  bucket = aws_s3_bucket_public_access_block.files[count.index].bucket

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "DenyWithoutTls"
        Effect    = "Deny"
        Principal = "*"
        Action    = "s3:*"
        Resource  = [aws_s3_bucket.files[count.index].arn, "${aws_s3_bucket.files[count.index].arn}/*"]
        Condition = { Bool = { "aws:SecureTransport" = "false" } }
      },
      {
        Sid       = "DenyOldTls"
        Effect    = "Deny"
        Principal = "*"
        Action    = "s3:*"
        Resource  = [aws_s3_bucket.files[count.index].arn, "${aws_s3_bucket.files[count.index].arn}/*"]
        Condition = { NumericLessThan = { "s3:TlsVersion" = "1.2" } }
      },
    ]
  })
}

resource "aws_s3_bucket_lifecycle_configuration" "files" {
  count = length(aws_s3_bucket.files)
  # Rules for old versions require versioning.
  bucket = aws_s3_bucket_versioning.files[count.index].bucket

  # Unfinished multipart uploads are invisible and billed.
  rule {
    id     = "abort-unfinished-uploads"
    status = "Enabled"

    filter {}

    abort_incomplete_multipart_upload {
      days_after_initiation = 2
    }
  }

  rule {
    id     = "forget-old-versions"
    status = "Enabled"

    filter {}

    noncurrent_version_expiration {
      noncurrent_days = var.noncurrent_days
    }
  }
}

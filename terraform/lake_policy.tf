# What nobody may do to the lake, whatever else they may do. Denials win over every permission; who
# may change this policy, or the lifecycle rules, can get round them, and is to be watched.

locals {
  # An empty list would not do: a condition without values is refused.
  may_delete = length(var.break_glass_principal_arns) > 0 ? {
    ArnNotEquals = { "aws:PrincipalArn" = var.break_glass_principal_arns }
  } : {}

  lake_denials = {
    for zone, bucket in aws_s3_bucket.zone : zone => [
      {
        Sid       = "DenyWithoutTls"
        Effect    = "Deny"
        Principal = "*"
        Action    = "s3:*"
        Resource  = [bucket.arn, "${bucket.arn}/*"]
        Condition = { Bool = { "aws:SecureTransport" = "false" } }
      },
      {
        Sid       = "DenyOldTls"
        Effect    = "Deny"
        Principal = "*"
        Action    = "s3:*"
        Resource  = [bucket.arn, "${bucket.arn}/*"]
        Condition = { NumericLessThan = { "s3:TlsVersion" = "1.2" } }
      },
      {
        # A commit is decided by who creates its object first, so a put must say If-None-Match.
        # Every key is covered, and not _log/ alone: a replay keeps a log of its own under
        # _replay-…/_log/, and data objects are never overwritten either.
        Sid       = "DenyPutsThatMayOverwrite"
        Effect    = "Deny"
        Principal = "*"
        Action    = "s3:PutObject"
        Resource  = "${bucket.arn}/*"
        Condition = {
          Null = { "s3:if-none-match" = "true" }
          # The first requests of a multipart upload cannot carry the header; the last one, which
          # creates the object, must.
          Bool = { "s3:ObjectCreationOperation" = "true" }
        }
      },
      merge(
        {
          # Lifecycle rules are S3's own doing and asked for no permission.
          Sid       = "DenyDeletes"
          Effect    = "Deny"
          Principal = "*"
          Action = [
            "s3:BypassGovernanceRetention",
            "s3:DeleteObject",
            "s3:DeleteObjectVersion",
          ]
          Resource = "${bucket.arn}/*"
        },
        # Without the attribute the statement holds for everybody.
        length(local.may_delete) > 0 ? { Condition = local.may_delete } : {},
      ),
    ]
  }
}

resource "aws_s3_bucket_policy" "zone" {
  for_each = local.zones
  # Otherwise S3 may check the policy while public access is still being blocked, and report a
  # conflict.
  bucket = aws_s3_bucket_public_access_block.zone[each.key].bucket

  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = local.lake_denials[each.key]
  })
}

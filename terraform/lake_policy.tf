# Denies what no principal is allowed to do to the lake. A denial overrides every permission. A principal
# that can change this policy or the lifecycle rules can still bypass it: audit those.

locals {
  # AWS rejects a condition with an empty list.
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
        # The first writer of an object wins its commit, so every put must send If-None-Match. This
        # covers all keys, not only _log/: a replay has its own log under _replay-…/_log/, and data
        # objects are never overwritten either.
        Sid       = "DenyPutsThatMayOverwrite"
        Effect    = "Deny"
        Principal = "*"
        Action    = "s3:PutObject"
        Resource  = "${bucket.arn}/*"
        Condition = {
          Null = { "s3:if-none-match" = "true" }
          # In a multipart upload, only the last request, which creates the object, can send the
          # header.
          Bool = { "s3:ObjectCreationOperation" = "true" }
        }
      },
      merge(
        {
          # Lifecycle rules are not subject to bucket policies.
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
        # Without a condition the statement applies to everyone.
        length(local.may_delete) > 0 ? { Condition = local.may_delete } : {},
      ),
    ]
  }
}

resource "aws_s3_bucket_policy" "zone" {
  for_each = local.zones
  # Waits for the public access block: S3 can report a conflict when both change at the same time.
  bucket = aws_s3_bucket_public_access_block.zone[each.key].bucket

  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = local.lake_denials[each.key]
  })
}

# The identity of the crons: a token signed by Deno Deploy, exchanged for a role for an hour. There is no
# access key.

locals {
  oidc_issuer = "oidc.deno.com"
  oidc_provider_arn = (
    var.create_oidc_provider
    ? aws_iam_openid_connect_provider.deno[0].arn
    : "arn:${data.aws_partition.current.partition}:iam::${data.aws_caller_identity.current.account_id}:oidc-provider/${local.oidc_issuer}"
  )
}

# Without thumbprints: AWS verifies the issuer's certificate with public authorities.
resource "aws_iam_openid_connect_provider" "deno" {
  count          = var.create_oidc_provider ? 1 : 0
  url            = "https://${local.oidc_issuer}"
  client_id_list = ["sts.amazonaws.com"]
}

resource "aws_iam_role" "pipeline" {
  name                 = "${var.name}-pipeline"
  description          = "The crons of ${var.deno_org}/${var.deno_app} on Deno Deploy"
  max_session_duration = 3600

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Federated = local.oidc_provider_arn }
      Action    = "sts:AssumeRoleWithWebIdentity"
      Condition = {
        # Equals, not Like: the tokens of all apps on Deno Deploy have this issuer.
        StringEquals = {
          "${local.oidc_issuer}:aud" = "sts.amazonaws.com"
          "${local.oidc_issuer}:sub" = [
            for context in sort(var.deno_contexts) : "deployment:${var.deno_org}/${var.deno_app}/${context}"
          ]
        }
      }
    }]
  })
}

resource "aws_iam_role_policy" "pipeline" {
  name = "pipeline"
  role = aws_iam_role.pipeline.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat([
      {
        Sid    = "ReadAndAddToTheLake"
        Effect = "Allow"
        Action = [
          # Removes the parts of a failed upload.
          "s3:AbortMultipartUpload",
          "s3:GetObject",
          "s3:PutObject",
        ]
        Resource = [for zone in sort(local.zones) : "${aws_s3_bucket.zone[zone].arn}/*"]
      },
      {
        # Without it, a missing object is "forbidden" instead of "not found".
        Sid      = "ListTheLake"
        Effect   = "Allow"
        Action   = "s3:ListBucket"
        Resource = [for zone in sort(local.zones) : aws_s3_bucket.zone[zone].arn]
      },
      {
        Sid      = "ReadItsSecrets"
        Effect   = "Allow"
        Action   = "secretsmanager:GetSecretValue"
        Resource = [for key in local.app_secrets : aws_secretsmanager_secret.url[key].arn]
      },
      {
        Sid      = "SendAlerts"
        Effect   = "Allow"
        Action   = "ses:SendEmail"
        Resource = local.mail_identity_arns
        Condition = {
          StringEquals = { "ses:FromAddress" = var.alert_sender }
          "ForAllValues:StringEquals" = {
            "ses:Recipients" = sort(var.alert_recipients)
          }
        }
      },
      {
        # Metrics have no ARN: only the namespace can restrict this.
        Sid       = "ReportMetrics"
        Effect    = "Allow"
        Action    = "cloudwatch:PutMetricData"
        Resource  = "*"
        Condition = { StringEquals = { "cloudwatch:namespace" = var.metric_namespace } }
      },
    ], local.files_permissions)
  })
}

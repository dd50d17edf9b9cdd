# The role's trust policy and its permissions.

mock_provider "aws" {
  source = "./tests/mocks"

  mock_resource "aws_s3_bucket" {
    defaults = {
      arn = "arn:aws:s3:::the-bucket"
    }
  }

  mock_resource "aws_secretsmanager_secret" {
    defaults = {
      arn = "arn:aws:secretsmanager:eu-west-2:123456789012:secret:the-secret"
    }
  }
}

variables {
  region                  = "eu-west-2"
  deno_org                = "acme"
  deno_app                = "totesys"
  alert_sender            = "etl@example.com"
  alert_recipients        = ["data@example.com"]
  warehouse_allowed_cidrs = ["203.0.113.0/24"]
}

run "only_production_can_assume_the_role_with_the_least_privileges" {
  assert {
    condition = jsondecode(aws_iam_role.pipeline.assume_role_policy) == {
      Version = "2012-10-17"
      Statement = [{
        Effect    = "Allow"
        Principal = { Federated = "arn:aws:iam::123456789012:oidc-provider/oidc.deno.com" }
        Action    = "sts:AssumeRoleWithWebIdentity"
        Condition = {
          StringEquals = {
            "oidc.deno.com:aud" = "sts.amazonaws.com"
            "oidc.deno.com:sub" = ["deployment:acme/totesys/production"]
          }
        }
      }]
    }
    error_message = "The trust policy must be exactly this one."
  }

  assert {
    condition     = aws_iam_openid_connect_provider.deno[0].url == "https://oidc.deno.com" && aws_iam_openid_connect_provider.deno[0].client_id_list == toset(["sts.amazonaws.com"])
    error_message = "The account must trust the tokens of Deno Deploy for AWS."
  }

  assert {
    condition = jsondecode(aws_iam_role_policy.pipeline.policy) == {
      Version = "2012-10-17"
      Statement = [
        {
          Sid      = "ReadAndAddToTheLake"
          Effect   = "Allow"
          Action   = ["s3:AbortMultipartUpload", "s3:GetObject", "s3:PutObject"]
          Resource = ["arn:aws:s3:::the-bucket/*", "arn:aws:s3:::the-bucket/*"]
        },
        {
          Sid      = "ListTheLake"
          Effect   = "Allow"
          Action   = "s3:ListBucket"
          Resource = ["arn:aws:s3:::the-bucket", "arn:aws:s3:::the-bucket"]
        },
        {
          Sid    = "ReadItsSecrets"
          Effect = "Allow"
          Action = "secretsmanager:GetSecretValue"
          Resource = [
            "arn:aws:secretsmanager:eu-west-2:123456789012:secret:the-secret",
            "arn:aws:secretsmanager:eu-west-2:123456789012:secret:the-secret",
            "arn:aws:secretsmanager:eu-west-2:123456789012:secret:the-secret",
            "arn:aws:secretsmanager:eu-west-2:123456789012:secret:the-secret",
          ]
        },
        {
          Sid    = "SendAlerts"
          Effect = "Allow"
          Action = "ses:SendEmail"
          Resource = [
            "arn:aws:ses:eu-west-2:123456789012:identity/etl@example.com",
            "arn:aws:ses:eu-west-2:123456789012:identity/data@example.com",
          ]
          Condition = {
            StringEquals                = { "ses:FromAddress" = "etl@example.com" }
            "ForAllValues:StringEquals" = { "ses:Recipients" = ["data@example.com"] }
          }
        },
        {
          Sid       = "ReportMetrics"
          Effect    = "Allow"
          Action    = "cloudwatch:PutMetricData"
          Resource  = "*"
          Condition = { StringEquals = { "cloudwatch:namespace" = "Totesys/ETL" } }
        },
        {
          Sid      = "ReadFiles"
          Effect   = "Allow"
          Action   = "s3:GetObject"
          Resource = "arn:aws:s3:::totesys-files-123456789012-eu-west-2/*"
        },
        {
          Sid      = "ListFiles"
          Effect   = "Allow"
          Action   = "s3:ListBucket"
          Resource = "arn:aws:s3:::totesys-files-123456789012-eu-west-2"
        },
      ]
    }
    error_message = "The role's policy must be exactly this one."
  }
}

run "without_a_dashboard_the_role_reads_the_secrets_of_the_crons_only" {
  variables {
    dashboard = false
  }

  assert {
    condition = length(one([
      for statement in jsondecode(aws_iam_role_policy.pipeline.policy).Statement : statement.Resource
      if statement.Sid == "ReadItsSecrets"
    ])) == 2 && local.app_secrets == ["source", "warehouse"]
    error_message = "The role must not read the secrets of a dashboard that is off."
  }

  assert {
    condition     = output.app_environment.DASHBOARD_PASSWORD == "off" && !contains(keys(aws_secretsmanager_secret.url), "dashboard_password")
    error_message = "The app must know that the dashboard is off, and there must be no password."
  }
}

run "the_trust_policy_lists_each_context" {
  variables {
    deno_contexts = ["staging", "production"]
  }

  assert {
    condition     = jsondecode(aws_iam_role.pipeline.assume_role_policy).Statement[0].Condition.StringEquals["oidc.deno.com:sub"] == ["deployment:acme/totesys/production", "deployment:acme/totesys/staging"]
    error_message = "The trust policy must list each context."
  }
}

run "a_second_installation_uses_the_existing_provider" {
  variables {
    create_oidc_provider = false
  }

  assert {
    condition     = length(aws_iam_openid_connect_provider.deno) == 0 && jsondecode(aws_iam_role.pipeline.assume_role_policy).Statement[0].Principal.Federated == "arn:aws:iam::123456789012:oidc-provider/oidc.deno.com"
    error_message = "The role must trust the existing provider."
  }
}

run "outside_the_sandbox_only_the_sender_is_an_identity" {
  variables {
    mail_sandbox = false
  }

  assert {
    condition     = length(aws_sesv2_email_identity.recipient) == 0 && aws_sesv2_email_identity.sender[0].email_identity == "etl@example.com"
    error_message = "Recipients need no identity outside the sandbox."
  }

  assert {
    condition     = jsondecode(aws_iam_role_policy.pipeline.policy).Statement[3].Resource == ["arn:aws:ses:eu-west-2:123456789012:identity/etl@example.com"]
    error_message = "The role must be able to send only as the sender."
  }

  assert {
    condition     = output.mail_dns_records == {}
    error_message = "Verifying an address needs no DNS records."
  }
}

run "the_senders_domain_can_be_verified" {
  variables {
    verify_sender_domain = true
  }

  assert {
    condition     = aws_sesv2_email_identity.sender[0].email_identity == "example.com" && keys(aws_sesv2_email_identity.recipient) == ["data@example.com"]
    error_message = "The identity must be the sender's domain."
  }

  assert {
    condition     = local.dkim_zone == "dkim.amazonses.com"
    error_message = "The records must point to the DKIM zone."
  }
}

run "some_regions_have_their_own_dkim_zone" {
  variables {
    region = "af-south-1"
  }

  assert {
    condition     = local.dkim_zone == "dkim.af-south-1.amazonses.com"
    error_message = "The records must point to the DKIM zone."
  }
}

run "a_second_installation_creates_no_identity_and_can_use_the_existing_ones" {
  variables {
    create_mail_identities = false
    verify_sender_domain   = true
  }

  assert {
    condition     = length(aws_sesv2_email_identity.sender) + length(aws_sesv2_email_identity.recipient) == 0 && output.mail_dns_records == {}
    error_message = "Existing identities must be neither created nor destroyed."
  }

  assert {
    condition = jsondecode(aws_iam_role_policy.pipeline.policy).Statement[3].Resource == [
      "arn:aws:ses:eu-west-2:123456789012:identity/example.com",
      "arn:aws:ses:eu-west-2:123456789012:identity/data@example.com",
    ]
    error_message = "The role must be able to use the existing identities."
  }
}

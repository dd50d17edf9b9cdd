# Who may take the role, and everything it may do.

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

run "only_production_may_take_the_role_and_do_exactly_its_job" {
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
    error_message = "The trust policy is not the one that is meant."
  }

  assert {
    condition     = aws_iam_openid_connect_provider.deno[0].url == "https://oidc.deno.com" && aws_iam_openid_connect_provider.deno[0].client_id_list == toset(["sts.amazonaws.com"])
    error_message = "The account must trust the tokens that Deno Deploy makes for AWS."
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
      ]
    }
    error_message = "The role's policy is not the one that is meant."
  }
}

run "several_contexts_are_named_one_by_one" {
  variables {
    deno_contexts = ["staging", "production"]
  }

  assert {
    condition     = jsondecode(aws_iam_role.pipeline.assume_role_policy).Statement[0].Condition.StringEquals["oidc.deno.com:sub"] == ["deployment:acme/totesys/production", "deployment:acme/totesys/staging"]
    error_message = "Each context must be named by itself."
  }
}

run "a_second_installation_uses_the_provider_that_is_there" {
  variables {
    create_oidc_provider = false
  }

  assert {
    condition     = length(aws_iam_openid_connect_provider.deno) == 0 && jsondecode(aws_iam_role.pipeline.assume_role_policy).Statement[0].Principal.Federated == "arn:aws:iam::123456789012:oidc-provider/oidc.deno.com"
    error_message = "The role must trust the account's one provider."
  }
}

run "out_of_the_sandbox_only_the_sender_is_an_identity" {
  variables {
    mail_sandbox = false
  }

  assert {
    condition     = length(aws_sesv2_email_identity.recipient) == 0 && aws_sesv2_email_identity.sender[0].email_identity == "etl@example.com"
    error_message = "Recipients need no identity outside of the sandbox."
  }

  assert {
    condition     = jsondecode(aws_iam_role_policy.pipeline.policy).Statement[3].Resource == ["arn:aws:ses:eu-west-2:123456789012:identity/etl@example.com"]
    error_message = "The role may send as the sender only."
  }

  assert {
    condition     = output.mail_dns_records == {}
    error_message = "An address is verified without DNS records."
  }
}

run "a_whole_domain_can_be_the_sender" {
  variables {
    verify_sender_domain = true
  }

  assert {
    condition     = aws_sesv2_email_identity.sender[0].email_identity == "example.com" && keys(aws_sesv2_email_identity.recipient) == ["data@example.com"]
    error_message = "The identity must be the sender's domain."
  }

  assert {
    condition     = local.dkim_zone == "dkim.amazonses.com"
    error_message = "The records must point to where SES signs."
  }
}

run "some_regions_prove_a_domain_in_a_zone_of_their_own" {
  variables {
    region = "af-south-1"
  }

  assert {
    condition     = local.dkim_zone == "dkim.af-south-1.amazonses.com"
    error_message = "The records must point to where SES signs."
  }
}

run "a_second_installation_makes_no_identity_and_may_use_those_that_are_there" {
  variables {
    create_mail_identities = false
    verify_sender_domain   = true
  }

  assert {
    condition     = length(aws_sesv2_email_identity.sender) + length(aws_sesv2_email_identity.recipient) == 0 && output.mail_dns_records == {}
    error_message = "Identities of somebody else must neither be made nor be destroyed."
  }

  assert {
    condition = jsondecode(aws_iam_role_policy.pipeline.policy).Statement[3].Resource == [
      "arn:aws:ses:eu-west-2:123456789012:identity/example.com",
      "arn:aws:ses:eu-west-2:123456789012:identity/data@example.com",
    ]
    error_message = "The role must be allowed to use what is there."
  }
}

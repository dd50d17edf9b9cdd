# The folder of the source "files": its bucket, and what the role can do there.

mock_provider "aws" {
  source = "./tests/mocks"

  mock_resource "aws_s3_bucket" {
    defaults = {
      arn = "arn:aws:s3:::the-bucket"
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

run "files_have_a_private_versioned_bucket" {
  assert {
    condition     = aws_s3_bucket.files[0].bucket == "totesys-files-123456789012-eu-west-2" && output.app_environment.FILES_URL == "s3://totesys-files-123456789012-eu-west-2"
    error_message = "There must be a bucket for files, and the app must read it."
  }

  assert {
    condition     = aws_s3_bucket.files[0].force_destroy != true
    error_message = "terraform destroy must not empty the bucket."
  }

  assert {
    condition     = aws_s3_bucket_versioning.files[0].versioning_configuration[0].status == "Enabled"
    error_message = "The bucket must be versioned."
  }

  assert {
    condition = alltrue(flatten([
      for block in aws_s3_bucket_public_access_block.files : [block.block_public_acls, block.block_public_policy, block.ignore_public_acls, block.restrict_public_buckets]
    ])) && length(aws_s3_bucket_public_access_block.files) == 1
    error_message = "The bucket must block public access in all four ways."
  }

  assert {
    condition     = length(aws_s3_bucket_server_side_encryption_configuration.files) == 1 && aws_s3_bucket_ownership_controls.files[0].rule[0].object_ownership == "BucketOwnerEnforced"
    error_message = "The bucket must be encrypted, without ACLs."
  }

  assert {
    condition = [
      for statement in jsondecode(aws_s3_bucket_policy.files[0].policy).Statement : "${statement.Effect} ${statement.Action} ${jsonencode(statement.Condition)}"
      ] == [
      "Deny s3:* {\"Bool\":{\"aws:SecureTransport\":\"false\"}}",
      "Deny s3:* {\"NumericLessThan\":{\"s3:TlsVersion\":\"1.2\"}}",
    ]
    error_message = "The bucket must deny requests without TLS 1.2, and leave the rest to permissions."
  }

  assert {
    condition     = alltrue([for rule in aws_s3_bucket_lifecycle_configuration.files[0].rule : length(rule.expiration) == 0])
    error_message = "No rule must expire a current file."
  }
}

run "a_folder_of_an_existing_bucket_is_granted_and_nothing_else" {
  variables {
    files_url = "s3://acme-shared/finance/targets/"
  }

  assert {
    condition     = length(aws_s3_bucket.files) + length(aws_s3_bucket_policy.files) + length(aws_s3_bucket_lifecycle_configuration.files) == 0
    error_message = "The existing bucket must stay as it is."
  }

  assert {
    condition     = output.app_environment.FILES_URL == "s3://acme-shared/finance/targets/"
    error_message = "The app must read this folder."
  }

  assert {
    condition = [for statement in jsondecode(aws_iam_role_policy.pipeline.policy).Statement : statement if endswith(statement.Sid, "Files")] == [
      {
        Sid      = "ReadFiles"
        Effect   = "Allow"
        Action   = "s3:GetObject"
        Resource = "arn:aws:s3:::acme-shared/finance/targets/*"
      },
      {
        Sid       = "ListFiles"
        Effect    = "Allow"
        Action    = "s3:ListBucket"
        Resource  = "arn:aws:s3:::acme-shared"
        Condition = { StringLike = { "s3:prefix" = "finance/targets/*" } }
      },
    ]
    error_message = "The role must be able to list and read this folder, and nothing else."
  }
}

run "without_files_there_is_no_bucket_and_no_permission" {
  variables {
    files_url = "off"
  }

  assert {
    condition     = length(aws_s3_bucket.files) == 0 && output.app_environment.FILES_URL == "off"
    error_message = "The source files must be off."
  }

  assert {
    condition     = !strcontains(aws_iam_role_policy.pipeline.policy, "Files")
    error_message = "The role must have no permission for files."
  }
}

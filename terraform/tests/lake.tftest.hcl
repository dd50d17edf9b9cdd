# The buckets of the lake, and what their policy denies.

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

run "each_zone_is_a_private_append_only_bucket" {
  assert {
    condition     = { for zone, bucket in aws_s3_bucket.zone : zone => bucket.bucket } == { ingestion = "totesys-ingestion-123456789012-eu-west-2", processed = "totesys-processed-123456789012-eu-west-2" }
    error_message = "There must be a bucket per zone, with a globally unique name."
  }

  assert {
    condition     = alltrue([for bucket in aws_s3_bucket.zone : bucket.force_destroy != true])
    error_message = "terraform destroy must not empty a bucket."
  }

  assert {
    condition     = keys(aws_s3_bucket_versioning.zone) == ["ingestion", "processed"] && alltrue([for zone in aws_s3_bucket_versioning.zone : zone.versioning_configuration[0].status == "Enabled"])
    error_message = "Both buckets must be versioned."
  }

  assert {
    condition = keys(aws_s3_bucket_public_access_block.zone) == ["ingestion", "processed"] && alltrue(flatten([
      for zone in aws_s3_bucket_public_access_block.zone : [zone.block_public_acls, zone.block_public_policy, zone.ignore_public_acls, zone.restrict_public_buckets]
    ]))
    error_message = "Both buckets must block public access in all four ways."
  }

  assert {
    condition     = keys(aws_s3_bucket_server_side_encryption_configuration.zone) == ["ingestion", "processed"]
    error_message = "Both buckets must be encrypted."
  }

  assert {
    condition     = alltrue([for zone in aws_s3_bucket_ownership_controls.zone : zone.rule[0].object_ownership == "BucketOwnerEnforced"])
    error_message = "There must be no ACLs."
  }

  assert {
    condition     = length(aws_s3_bucket_object_lock_configuration.zone) == 0
    error_message = "Object lock must be off by default."
  }

  assert {
    condition = alltrue([
      for zone in aws_s3_bucket_policy.zone : jsondecode(zone.policy) == {
        Version = "2012-10-17"
        Statement = [
          {
            Sid       = "DenyWithoutTls"
            Effect    = "Deny"
            Principal = "*"
            Action    = "s3:*"
            Resource  = ["arn:aws:s3:::the-bucket", "arn:aws:s3:::the-bucket/*"]
            Condition = { Bool = { "aws:SecureTransport" = "false" } }
          },
          {
            Sid       = "DenyOldTls"
            Effect    = "Deny"
            Principal = "*"
            Action    = "s3:*"
            Resource  = ["arn:aws:s3:::the-bucket", "arn:aws:s3:::the-bucket/*"]
            Condition = { NumericLessThan = { "s3:TlsVersion" = "1.2" } }
          },
          {
            Sid       = "DenyPutsThatMayOverwrite"
            Effect    = "Deny"
            Principal = "*"
            Action    = "s3:PutObject"
            Resource  = "arn:aws:s3:::the-bucket/*"
            Condition = {
              Null = { "s3:if-none-match" = "true" }
              Bool = { "s3:ObjectCreationOperation" = "true" }
            }
          },
          {
            Sid       = "DenyDeletes"
            Effect    = "Deny"
            Principal = "*"
            Action    = ["s3:BypassGovernanceRetention", "s3:DeleteObject", "s3:DeleteObjectVersion"]
            Resource  = "arn:aws:s3:::the-bucket/*"
          },
        ]
      }
    ])
    error_message = "The bucket policy must be exactly this one."
  }

  assert {
    condition     = keys(aws_s3_bucket_policy.zone) == ["ingestion", "processed"]
    error_message = "Both buckets must have the policy."
  }
}

run "only_break_glass_principals_can_delete" {
  variables {
    break_glass_principal_arns = ["arn:aws:iam::123456789012:role/data-protection"]
  }

  assert {
    condition = alltrue([
      for zone in aws_s3_bucket_policy.zone :
      [for statement in jsondecode(zone.policy).Statement : statement.Condition if statement.Sid == "DenyDeletes"] ==
      [{ ArnNotEquals = { "aws:PrincipalArn" = ["arn:aws:iam::123456789012:role/data-protection"] } }]
    ])
    error_message = "Deletes must be denied to all other principals."
  }

  assert {
    condition = alltrue([
      for zone in aws_s3_bucket_policy.zone :
      length([for statement in jsondecode(zone.policy).Statement : statement if strcontains(jsonencode(statement), "data-protection")]) == 1
    ])
    error_message = "Break-glass principals must be able to delete, and nothing else."
  }
}

run "object_lock_uses_governance_mode" {
  variables {
    object_lock_days = 30
  }

  assert {
    condition = alltrue([
      for zone in aws_s3_bucket_object_lock_configuration.zone :
      zone.rule[0].default_retention[0].mode == "GOVERNANCE" && zone.rule[0].default_retention[0].days == 30
    ]) && length(aws_s3_bucket_object_lock_configuration.zone) == 2
    error_message = "Both buckets must protect objects for 30 days, in governance mode."
  }
}

run "lifecycle_rules_never_remove_current_objects" {
  variables {
    infrequent_after_days = 40
    archive_after_days    = 100
    noncurrent_days       = 9
  }

  assert {
    condition = alltrue(flatten([
      for zone in aws_s3_bucket_lifecycle_configuration.zone : [for rule in zone.rule : length(rule.expiration) == 0]
    ]))
    error_message = "No rule must expire a current object."
  }

  assert {
    condition = alltrue([
      for zone in aws_s3_bucket_lifecycle_configuration.zone :
      [for step in flatten([for rule in zone.rule : [for step in rule.transition : step]]) : "${step.days} ${step.storage_class}"] == ["100 GLACIER_IR", "40 STANDARD_IA"] ||
      [for step in flatten([for rule in zone.rule : [for step in rule.transition : step]]) : "${step.days} ${step.storage_class}"] == ["40 STANDARD_IA", "100 GLACIER_IR"]
    ])
    error_message = "Data must move to STANDARD_IA, then to GLACIER_IR, which can be read immediately."
  }

  assert {
    condition = alltrue([
      for zone in aws_s3_bucket_lifecycle_configuration.zone :
      zone.transition_default_minimum_object_size == "all_storage_classes_128K"
    ])
    error_message = "Commits must stay in the standard class."
  }

  assert {
    condition = alltrue([
      for zone in aws_s3_bucket_lifecycle_configuration.zone :
      flatten([for rule in zone.rule : [for abort in rule.abort_incomplete_multipart_upload : abort.days_after_initiation]]) == [2]
    ])
    error_message = "Unfinished uploads must be aborted."
  }

  assert {
    condition = alltrue([
      for zone in aws_s3_bucket_lifecycle_configuration.zone :
      flatten([for rule in zone.rule : [for old in rule.noncurrent_version_expiration : old.noncurrent_days]]) == [9]
    ])
    error_message = "Deleted versions must be kept for noncurrent_days."
  }
}

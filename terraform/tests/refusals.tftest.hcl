# Invalid values are rejected before anything is created. Each run sets several variables to invalid
# values, and Terraform reports for each whether it failed.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  region                  = "eu-west-2"
  deno_org                = "acme"
  deno_app                = "totesys"
  alert_sender            = "etl@example.com"
  alert_recipients        = ["data@example.com"]
  warehouse_allowed_cidrs = ["203.0.113.0/24"]
}

run "values_below_the_minimum" {
  command = plan

  variables {
    name                       = "ab"
    region                     = ""
    tags                       = { "" = "x" }
    break_glass_principal_arns = [""]
    object_lock_days           = 0
    infrequent_after_days      = 29
    noncurrent_days            = 6
    files_url                  = ""
    postgres_version           = "14"
    warehouse_instance_class   = "t4g.micro"
    warehouse_storage_gib      = 19
    warehouse_allowed_cidrs    = []
    vpc_cidr                   = "10.0.0.0/25"
    ca_certificate             = ""
    backup_days                = 0
    secret_recovery_days       = 6
    deno_org                   = ""
    deno_app                   = ""
    deno_contexts              = []
    alert_sender               = ""
    alert_recipients           = []
    metric_namespace           = ""
    freshness_alarm_seconds    = 59
    monthly_budget_usd         = 0
  }

  expect_failures = [
    var.name, var.region, var.tags, var.break_glass_principal_arns, var.object_lock_days,
    var.infrequent_after_days, var.noncurrent_days, var.files_url, var.postgres_version,
    var.warehouse_instance_class, var.warehouse_storage_gib,
    var.warehouse_allowed_cidrs, var.vpc_cidr, var.ca_certificate, var.backup_days,
    var.secret_recovery_days, var.deno_org, var.deno_app, var.deno_contexts, var.alert_sender,
    var.alert_recipients, var.metric_namespace, var.freshness_alarm_seconds, var.monthly_budget_usd,
  ]
}

run "values_above_the_maximum" {
  command = plan

  variables {
    name                       = "a-name-of-21-characters"
    region                     = "eu-west-2a"
    tags                       = { "aws:owner" = "x" }
    break_glass_principal_arns = ["*"]
    object_lock_days           = 36501
    infrequent_after_days      = 36501
    noncurrent_days            = 36501
    files_url                  = "s3://totesys-files/*"
    postgres_version           = "17.4"
    warehouse_instance_class   = "db.t4g.micro.extra"
    warehouse_storage_gib      = 65537
    warehouse_allowed_cidrs    = [for host in range(61) : "203.0.113.${host}/32"]
    vpc_cidr                   = "10.0.0.0/8"
    ca_certificate             = "rds-ca-2019"
    backup_days                = 36
    secret_recovery_days       = 31
    deno_org                   = "acme/other"
    deno_app                   = "*"
    deno_contexts              = ["*"]
    alert_sender               = "an-address-of-which-the-local-part-is-one-character-too-long-here@example.com"
    alert_recipients           = [for number in range(11) : "data${number}@example.com"]
    metric_namespace           = "AWS/RDS"
    freshness_alarm_seconds    = 86401
    monthly_budget_usd         = 50.125
  }

  expect_failures = [
    var.name, var.region, var.tags, var.break_glass_principal_arns, var.object_lock_days,
    var.infrequent_after_days, var.noncurrent_days, var.files_url, var.postgres_version,
    var.warehouse_instance_class, var.warehouse_storage_gib,
    var.warehouse_allowed_cidrs, var.vpc_cidr, var.ca_certificate,
    var.backup_days, var.secret_recovery_days, var.deno_org, var.deno_app, var.deno_contexts,
    var.alert_sender, var.alert_recipients, var.metric_namespace, var.freshness_alarm_seconds,
    var.monthly_budget_usd,
  ]
}

run "values_with_a_wrong_format" {
  command = plan

  variables {
    name                       = "Tote_Sys"
    region                     = "London"
    tags                       = { owner = "data;team" }
    break_glass_principal_arns = ["arn:aws:sts::123456789012:assumed-role/admin/me"]
    object_lock_days           = 1.5
    infrequent_after_days      = 30.5
    noncurrent_days            = 7.5
    files_url                  = "https://files.example.com/targets"
    postgres_version           = "latest"
    warehouse_instance_class   = "db.t4g.enormous"
    warehouse_storage_gib      = 20.5
    warehouse_allowed_cidrs    = ["203.0.113.7/24"]
    vpc_cidr                   = "fd00::/24"
    backup_days                = 1.5
    secret_recovery_days       = 7.5
    deno_org                   = "Acme Inc."
    deno_app                   = "-totesys"
    deno_contexts              = ["production", ""]
    dashboard_url              = "https://totesys.example.com/dashboard"
    alert_sender               = "etl@-example.com"
    alert_recipients           = ["data@example"]
    metric_namespace           = "Totesys:ETL"
    monthly_budget_usd         = 0.99
  }

  expect_failures = [
    var.name, var.region, var.tags, var.break_glass_principal_arns, var.object_lock_days,
    var.infrequent_after_days, var.noncurrent_days, var.files_url, var.postgres_version,
    var.warehouse_instance_class, var.warehouse_storage_gib, var.warehouse_allowed_cidrs, var.vpc_cidr,
    var.backup_days, var.secret_recovery_days, var.deno_org, var.deno_app, var.deno_contexts,
    var.dashboard_url, var.alert_sender, var.alert_recipients, var.metric_namespace, var.monthly_budget_usd,
  ]
}

run "addresses_instead_of_ranges" {
  command = plan

  variables {
    warehouse_allowed_cidrs = ["256.0.0.0/8"]
    vpc_cidr                = "10.42.0.1/24"
  }

  expect_failures = [var.warehouse_allowed_cidrs, var.vpc_cidr]
}

run "values_that_aws_would_reject_during_the_apply" {
  command = plan

  variables {
    name                       = "sthree-etl"
    tags                       = { owner = null }
    break_glass_principal_arns = ["arn:aws:iam::123456789012:root/"]
    warehouse_instance_class   = "db.micro"
    warehouse_allowed_cidrs    = ["203.0.113.0/24", "0.0.0.0"]
    vpc_cidr                   = "172.32.0.0/16"
    alert_sender               = "Data <etl@example.com>"
    alert_recipients           = ["data@example.com,oncall@example.com"]
    monthly_budget_usd         = -1
  }

  expect_failures = [
    var.name, var.tags, var.break_glass_principal_arns, var.warehouse_instance_class,
    var.warehouse_allowed_cidrs, var.vpc_cidr, var.alert_sender, var.alert_recipients,
    var.monthly_budget_usd,
  ]
}

run "reserved_names" {
  command = plan

  variables {
    name                     = "amzn-s3-demo"
    tags                     = { managedby = "me" }
    vpc_cidr                 = "169.254.0.0/24"
    warehouse_instance_class = "db.t4g.0xlarge"
    alert_sender             = "etl..team@example.com"
    alert_recipients         = [".data@example.com"]
  }

  expect_failures = [
    var.name, var.tags, var.vpc_cidr, var.warehouse_instance_class, var.alert_sender,
    var.alert_recipients,
  ]
}

run "values_that_are_too_long" {
  command = plan

  variables {
    tags             = { for number in range(41) : "tag ${number}" => "" }
    vpc_cidr         = "127.0.0.0/24"
    alert_sender     = "etl@a-label-of-which-there-is-one-character-more-than-sixty-three-xy.com"
    alert_recipients = ["data.@example.com"]
  }

  expect_failures = [var.tags, var.vpc_cidr, var.alert_sender, var.alert_recipients]
}

run "valid_values_are_accepted" {
  command = plan

  variables {
    name                       = "sthreefold"
    tags                       = { "Team/Größe" = "data + you_@a:b=c-1.0", empty = "" }
    break_glass_principal_arns = ["arn:aws:iam::123456789012:root", "arn:aws:iam::123456789012:role/aws-reserved/sso.amazonaws.com/eu-west-2/AWSReservedSSO_Admin_0123456789abcdef"]
    infrequent_after_days      = 36500
    archive_after_days         = 36530
    noncurrent_days            = 36500
    files_url                  = "s3://acme.shared-1/finance/targets_2026.(draft)"
    warehouse_instance_class   = "db.r6gd.16xlarge"
    vpc_cidr                   = "100.127.0.0/16"
    dashboard_url              = "https://totesys.example.com:8443"
    alert_sender               = "an-address-of-which-the-local-part-is-as-long-as-one-can-be-here@a.example.com"
    alert_recipients           = ["data.team+etl@ex-ample.co.uk"]
    monthly_budget_usd         = 1.25
  }
}

# Where null has no meaning, it stands for the default. Terraform itself rejects it for a required variable.
run "null_is_the_default" {
  command = plan

  variables {
    name                        = null
    tags                        = null
    break_glass_principal_arns  = null
    infrequent_after_days       = null
    archive_after_days          = null
    noncurrent_days             = null
    postgres_version            = null
    warehouse_instance_class    = null
    warehouse_storage_gib       = null
    warehouse_max_storage_gib   = null
    warehouse_multi_az          = null
    warehouse_public            = null
    warehouse_apply_immediately = null
    vpc_cidr                    = null
    backup_days                 = null
    deletion_protection         = null
    secret_recovery_days        = null
    deno_contexts               = null
    dashboard                   = null
    create_oidc_provider        = null
    verify_sender_domain        = null
    create_mail_identities      = null
    mail_sandbox                = null
    metric_namespace            = null
    freshness_alarm_seconds     = null
  }

  assert {
    condition     = aws_db_instance.warehouse.identifier == "totesys-warehouse" && length(aws_sesv2_email_identity.recipient) == 1
    error_message = "null must stand for the default."
  }
}

# A check against another variable needs a valid value of that variable.
run "limits_that_contradict_each_other" {
  command = plan

  variables {
    files_url                 = "s3://totesys-processed-123456789012-eu-west-2/targets"
    infrequent_after_days     = 60
    archive_after_days        = 89
    warehouse_storage_gib     = 100
    warehouse_max_storage_gib = 109
  }

  expect_failures = [var.files_url, var.archive_after_days, var.warehouse_max_storage_gib]
}

run "limits_that_do_not_exist" {
  command = plan

  variables {
    archive_after_days        = 36531
    warehouse_max_storage_gib = 65537
  }

  expect_failures = [var.archive_after_days, var.warehouse_max_storage_gib]
}

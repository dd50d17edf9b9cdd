# Wrong values are refused before anything is made. A run gives many variables a wrong value at
# once: Terraform says of each whether it failed.

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

run "what_is_too_little" {
  command = plan

  variables {
    name                       = "ab"
    region                     = ""
    tags                       = { "" = "x" }
    break_glass_principal_arns = [""]
    object_lock_days           = 0
    infrequent_after_days      = 29
    noncurrent_days            = 6
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
    var.infrequent_after_days, var.noncurrent_days, var.postgres_version,
    var.warehouse_instance_class, var.warehouse_storage_gib,
    var.warehouse_allowed_cidrs, var.vpc_cidr, var.ca_certificate, var.backup_days,
    var.secret_recovery_days, var.deno_org, var.deno_app, var.deno_contexts, var.alert_sender,
    var.alert_recipients, var.metric_namespace, var.freshness_alarm_seconds, var.monthly_budget_usd,
  ]
}

run "what_is_too_much" {
  command = plan

  variables {
    name                       = "a-name-of-21-characters"
    region                     = "eu-west-2a"
    tags                       = { "aws:owner" = "x" }
    break_glass_principal_arns = ["*"]
    object_lock_days           = 36501
    postgres_version           = "17.4"
    warehouse_instance_class   = "db.t4g.micro.extra"
    warehouse_storage_gib      = 65537
    warehouse_allowed_cidrs    = ["203.0.113.0/24", "0.0.0.0"]
    vpc_cidr                   = "10.0.0.0/8"
    ca_certificate             = "rds-ca-2019"
    backup_days                = 36
    secret_recovery_days       = 31
    deno_org                   = "acme/other"
    deno_app                   = "*"
    deno_contexts              = ["*"]
    alert_sender               = "Data <etl@example.com>"
    alert_recipients           = ["data@example.com,oncall@example.com"]
    metric_namespace           = "AWS/RDS"
    freshness_alarm_seconds    = 86401
    monthly_budget_usd         = -1
  }

  expect_failures = [
    var.name, var.region, var.tags, var.break_glass_principal_arns, var.object_lock_days,
    var.postgres_version, var.warehouse_instance_class, var.warehouse_storage_gib,
    var.warehouse_allowed_cidrs, var.vpc_cidr, var.ca_certificate,
    var.backup_days, var.secret_recovery_days, var.deno_org, var.deno_app, var.deno_contexts,
    var.alert_sender, var.alert_recipients, var.metric_namespace, var.freshness_alarm_seconds,
    var.monthly_budget_usd,
  ]
}

run "what_is_of_the_wrong_form" {
  command = plan

  variables {
    name                       = "Tote_Sys"
    region                     = "London"
    break_glass_principal_arns = ["arn:aws:iam::123456789012:role/*"]
    object_lock_days           = 1.5
    infrequent_after_days      = 30.5
    noncurrent_days            = 7.5
    postgres_version           = "latest"
    warehouse_storage_gib      = 20.5
    warehouse_allowed_cidrs    = ["203.0.113.7/24"]
    vpc_cidr                   = "fd00::/24"
    backup_days                = 1.5
    secret_recovery_days       = 7.5
    deno_org                   = "Acme Inc."
    deno_app                   = "-totesys"
    deno_contexts              = ["production", ""]
    alert_sender               = "example.com"
    alert_recipients           = ["data@example"]
    metric_namespace           = "Totesys:ETL"
  }

  expect_failures = [
    var.name, var.region, var.break_glass_principal_arns, var.object_lock_days,
    var.infrequent_after_days, var.noncurrent_days, var.postgres_version, var.warehouse_storage_gib,
    var.warehouse_allowed_cidrs, var.vpc_cidr, var.backup_days, var.secret_recovery_days, var.deno_org,
    var.deno_app, var.deno_contexts, var.alert_sender, var.alert_recipients, var.metric_namespace,
  ]
}

run "addresses_that_look_like_ranges" {
  command = plan

  variables {
    warehouse_allowed_cidrs = ["256.0.0.0/8"]
    vpc_cidr                = "10.42.0.1/24"
  }

  expect_failures = [var.warehouse_allowed_cidrs, var.vpc_cidr]
}

# Whatever is checked against another variable needs a right value of that one.
run "limits_that_leave_no_room" {
  command = plan

  variables {
    infrequent_after_days     = 60
    archive_after_days        = 89
    warehouse_storage_gib     = 100
    warehouse_max_storage_gib = 109
  }

  expect_failures = [var.archive_after_days, var.warehouse_max_storage_gib]
}

run "limits_that_nobody_has" {
  command = plan

  variables {
    archive_after_days        = 90.5
    warehouse_max_storage_gib = 65537
  }

  expect_failures = [var.archive_after_days, var.warehouse_max_storage_gib]
}

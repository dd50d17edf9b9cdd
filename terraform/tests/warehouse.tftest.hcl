# The warehouse, its network and its secrets.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  region                  = "eu-west-2"
  deno_org                = "acme"
  deno_app                = "totesys"
  alert_sender            = "etl@example.com"
  alert_recipients        = ["data@example.com"]
  warehouse_allowed_cidrs = ["203.0.113.0/24", "198.51.100.7/32"]
}

run "the_warehouse_is_protected_and_the_outputs_are_complete" {
  assert {
    condition     = aws_db_instance.warehouse.storage_encrypted && aws_db_instance.warehouse.deletion_protection
    error_message = "The warehouse must be encrypted and protected from deletion."
  }

  assert {
    condition     = aws_db_instance.warehouse.backup_retention_period == 7 && aws_db_instance.warehouse.auto_minor_version_upgrade && !aws_db_instance.warehouse.apply_immediately
    error_message = "Backups must be kept for a week, and restarts must wait for the maintenance window."
  }

  assert {
    condition     = aws_db_instance.warehouse.manage_master_user_password && aws_db_instance.warehouse.password == null
    error_message = "Only RDS must know the master user's password."
  }

  assert {
    condition     = aws_db_instance.warehouse.instance_class == "db.t4g.micro" && aws_db_instance.warehouse.storage_type == "gp3" && !aws_db_instance.warehouse.multi_az
    error_message = "The defaults must be cheap."
  }

  assert {
    condition     = aws_db_parameter_group.warehouse.family == "postgres17" && { for parameter in aws_db_parameter_group.warehouse.parameter : parameter.name => parameter.value if startswith(parameter.name, "rds.") } == { "rds.force_ssl" = "1", "rds.accepted_password_auth_method" = "scram" }
    error_message = "TLS and SCRAM must be enforced."
  }

  assert {
    condition     = [for parameter in aws_db_parameter_group.warehouse.parameter : parameter.apply_method if parameter.name == "rds.force_ssl"] == ["pending-reboot"]
    error_message = "The parameter must use the method of RDS's default, or every plan has a change."
  }

  assert {
    condition     = { for parameter in aws_db_parameter_group.warehouse.parameter : parameter.name => parameter.value if startswith(parameter.name, "log_") } == { log_min_duration_statement = "1000", log_parameter_max_length = "0", log_error_verbosity = "terse" }
    error_message = "Logs must contain no values."
  }

  assert {
    condition = toset([
      for rule in aws_vpc_security_group_ingress_rule.postgres : "${rule.cidr_ipv4} ${rule.ip_protocol} ${rule.from_port}-${rule.to_port}"
    ]) == toset(["203.0.113.0/24 tcp 5432-5432", "198.51.100.7/32 tcp 5432-5432"])
    error_message = "There must be a rule per range, for one port."
  }

  assert {
    condition     = aws_db_instance.warehouse.vpc_security_group_ids == toset([aws_security_group.warehouse.id])
    error_message = "The warehouse must have only that security group."
  }

  assert {
    condition     = aws_subnet.warehouse[*].availability_zone == ["eu-west-2a", "eu-west-2b"] && aws_subnet.warehouse[*].cidr_block == ["10.42.0.0/28", "10.42.0.16/28"]
    error_message = "RDS requires subnets in two zones."
  }

  assert {
    condition     = output.secret_names == { source = "totesys/source", warehouse = "totesys/warehouse", dashboard = "totesys/dashboard", dashboard_password = "totesys/dashboard_password" }
    error_message = "There must be a secret for each role, and for the dashboard's password."
  }

  assert {
    condition     = alltrue([for secret in aws_secretsmanager_secret.url : secret.recovery_window_in_days == 7])
    error_message = "A deleted secret must be restorable for a week."
  }

  assert {
    condition     = output.ingestion_url == "s3://totesys-ingestion-123456789012-eu-west-2" && output.processed_url == "s3://totesys-processed-123456789012-eu-west-2"
    error_message = "The outputs must be URLs that the pipeline accepts."
  }

  assert {
    condition = output.app_environment == {
      AWS_REGION       = "eu-west-2"
      SOURCE_URL       = "secretsmanager://totesys/source"
      WAREHOUSE_URL    = "secretsmanager://totesys/warehouse"
      INGESTION_URL    = output.ingestion_url
      PROCESSED_URL    = output.processed_url
      ALERT_FROM       = "etl@example.com"
      ALERT_TO         = "data@example.com"
      METRIC_NAMESPACE = "Totesys/ETL"
      FILES_URL        = output.files_url

      DASHBOARD_PASSWORD      = "secretsmanager://totesys/dashboard_password"
      DASHBOARD_WAREHOUSE_URL = "secretsmanager://totesys/dashboard"
      DASHBOARD_URL           = "https://totesys.acme.deno.net"
    }
    error_message = "The app's environment must be complete and contain no secret."
  }

  assert {
    condition     = [output.warehouse_host, output.warehouse_port, output.warehouse_database] == ["totesys-warehouse.example.eu-west-2.rds.amazonaws.com", 5432, "warehouse"]
    error_message = "The warehouse's address must be complete."
  }

  assert {
    condition     = output.warehouse_admin_secret_arn == "arn:aws:secretsmanager:eu-west-2:123456789012:secret:rds!db-1" && output.role_arn == "arn:aws:iam::123456789012:role/totesys-pipeline"
    error_message = "The outputs must include the master user's secret and the role."
  }

  assert {
    condition     = [output.region, output.alert_sender, output.metric_namespace] == ["eu-west-2", "etl@example.com", "Totesys/ETL"] && output.alert_recipients == tolist(["data@example.com"])
    error_message = "The outputs must repeat the variables."
  }
}

run "a_private_warehouse_has_no_route_to_the_internet" {
  variables {
    warehouse_public = false
  }

  assert {
    condition     = !aws_db_instance.warehouse.publicly_accessible && length(aws_internet_gateway.warehouse) + length(aws_route_table.warehouse) == 0
    error_message = "Without a public address there must be no route to the internet."
  }
}

run "deletion_protection_can_be_disabled" {
  variables {
    deletion_protection  = false
    secret_recovery_days = 0
  }

  assert {
    condition     = !aws_db_instance.warehouse.deletion_protection && aws_db_instance.warehouse.skip_final_snapshot
    error_message = "terraform destroy must be able to delete the warehouse."
  }
}

run "a_new_major_version_gets_its_own_parameter_group" {
  variables {
    postgres_version            = "18"
    warehouse_apply_immediately = true
  }

  assert {
    condition     = aws_db_instance.warehouse.allow_major_version_upgrade && aws_db_instance.warehouse.apply_immediately && aws_db_instance.warehouse.engine_version == "18"
    error_message = "RDS must be able to upgrade, immediately if the variable is set."
  }

  assert {
    condition     = aws_db_parameter_group.warehouse.family == "postgres18" && aws_db_instance.warehouse.parameter_group_name == "totesys-warehouse-18"
    error_message = "The parameter group must belong to the major version."
  }
}

run "the_network_of_an_existing_warehouse_cannot_change" {
  command = plan

  variables {
    vpc_cidr = "10.43.0.0/24"
  }

  expect_failures = [aws_vpc.warehouse]
}

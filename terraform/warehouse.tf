# The warehouse: RDS for PostgreSQL.

locals {
  warehouse_database = "warehouse"
}

resource "aws_db_parameter_group" "warehouse" {
  # A new major version needs a new group while the old one is in use.
  name        = "${var.name}-warehouse-${var.postgres_version}"
  family      = "postgres${var.postgres_version}"
  description = "The ${var.name} warehouse: TLS only, SCRAM only, no values in logs"

  # From 15 on this is the default of RDS, applied on restart. With another method for the same value,
  # every plan would show a change.
  parameter {
    name         = "rds.force_ssl"
    value        = "1"
    apply_method = "pending-reboot"
  }

  # Passwords are never stored or sent as MD5.
  parameter {
    name  = "rds.accepted_password_auth_method"
    value = "scram"
  }

  parameter {
    name  = "log_min_duration_statement"
    value = "1000"
  }

  # Slow statements are logged without their parameters, which are data.
  parameter {
    name  = "log_parameter_max_length"
    value = "0"
  }

  # Errors are logged without their detail, which quotes the row.
  parameter {
    name  = "log_error_verbosity"
    value = "terse"
  }

  # An evicted cron leaves its transaction open until the network notices, and the transaction holds the
  # loader lock.
  parameter {
    name  = "idle_in_transaction_session_timeout"
    value = "300000"
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_db_instance" "warehouse" {
  identifier     = "${var.name}-warehouse"
  engine         = "postgres"
  engine_version = var.postgres_version
  # Changing postgres_version is deliberate.
  allow_major_version_upgrade = true
  instance_class              = var.warehouse_instance_class
  db_name                     = local.warehouse_database
  port                        = 5432

  # RDS generates, stores and rotates the master user's password. It is not in the state, and nobody knows
  # it. Only the deploy task uses it, to create the roles of sql/.
  username                    = "warehouse_admin"
  manage_master_user_password = true

  storage_type          = "gp3"
  allocated_storage     = var.warehouse_storage_gib
  max_allocated_storage = var.warehouse_max_storage_gib
  storage_encrypted     = true

  parameter_group_name   = aws_db_parameter_group.warehouse.name
  db_subnet_group_name   = aws_db_subnet_group.warehouse.name
  vpc_security_group_ids = [aws_security_group.warehouse.id]
  publicly_accessible    = var.warehouse_public
  multi_az               = var.warehouse_multi_az
  ca_cert_identifier     = var.ca_certificate

  # At night, with maintenance after the backup. Ticks fail during it and catch up afterwards.
  backup_retention_period    = var.backup_days
  backup_window              = "01:30-02:30"
  maintenance_window         = "sun:03:00-sun:04:00"
  auto_minor_version_upgrade = true
  # Unless it is set, changes that restart the database wait for the maintenance window.
  apply_immediately     = var.warehouse_apply_immediately
  copy_tags_to_snapshot = true

  enabled_cloudwatch_logs_exports = ["postgresql", "upgrade"]

  # The lake can rebuild the warehouse, so a deleted one leaves no snapshot.
  deletion_protection      = var.deletion_protection
  delete_automated_backups = true
  skip_final_snapshot      = true

  # A public address requires the route to the internet, which must also be removed after the warehouse.
  depends_on = [aws_cloudwatch_log_group.warehouse, aws_route_table_association.warehouse]
}

# RDS would create these itself and keep their logs forever.
resource "aws_cloudwatch_log_group" "warehouse" {
  for_each          = toset(["postgresql", "upgrade"])
  name              = "/aws/rds/instance/${var.name}-warehouse/${each.key}"
  retention_in_days = 30
}

# The secrets of the database URLs and of the dashboard's password.
#
# Terraform creates them empty and never sees a value. The deploy task generates the passwords of the
# roles in sql/, sets them in the database, and stores the URLs here. It generates the dashboard's password
# too. Write-only arguments would keep the
# values out of the state too, but every apply would need them, and a new password would be a change of
# the infrastructure.

locals {
  secrets = {
    source    = "SOURCE_URL: the totesys database, with the role of sql/source_reader.sql"
    warehouse = "WAREHOUSE_URL: the warehouse, with the role of sql/warehouse_loader.sql"
    dashboard = "DASHBOARD_WAREHOUSE_URL: the warehouse, with the role of sql/warehouse_dashboard.sql"
  }
  dashboard_secrets = var.dashboard ? {
    dashboard_password = "DASHBOARD_PASSWORD: the password of the dashboard"
  } : {}
  # The dashboard is served by the app that runs the crons.
  app_secrets = concat(["source", "warehouse"], var.dashboard ? ["dashboard", "dashboard_password"] : [])
}

resource "aws_secretsmanager_secret" "url" {
  for_each                = merge(local.secrets, local.dashboard_secrets)
  name                    = "${var.name}/${each.key}"
  description             = each.value
  recovery_window_in_days = var.secret_recovery_days
}

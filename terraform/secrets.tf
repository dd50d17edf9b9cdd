# The secrets of the database URLs.
#
# Terraform creates them empty and never sees a value. The deploy task generates the passwords of the
# roles in sql/, sets them in the database, and stores the URLs here. Write-only arguments would keep the
# values out of the state too, but every apply would need them, and a new password would be a change of
# the infrastructure.

locals {
  secrets = {
    source    = "SOURCE_URL: the totesys database, with the role of sql/source_reader.sql"
    warehouse = "WAREHOUSE_URL: the warehouse, with the role of sql/warehouse_loader.sql"
    dashboard = "The warehouse, with the role of sql/warehouse_dashboard.sql. The crons cannot read it"
  }
}

resource "aws_secretsmanager_secret" "url" {
  for_each                = local.secrets
  name                    = "${var.name}/${each.key}"
  description             = each.value
  recovery_window_in_days = var.secret_recovery_days
}

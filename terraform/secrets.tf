# Where the databases' URLs are kept.
#
# They are created empty, and the deploy task fills them. Write-only arguments would keep the values
# out of the state as well, but whoever applies would have to hold them, every time, and a new
# password would be a change of the infrastructure. So Terraform never sees one: the deploy task
# makes the passwords of the roles in sql/, sets them in the database, and puts the finished URLs
# here.

locals {
  secrets = {
    source    = "SOURCE_URL: the totesys database, as the role of sql/source_reader.sql"
    warehouse = "WAREHOUSE_URL: the warehouse, as the role of sql/warehouse_loader.sql"
    dashboard = "The warehouse, as the role of sql/warehouse_dashboard.sql. The crons may not read it"
  }
}

resource "aws_secretsmanager_secret" "url" {
  for_each                = local.secrets
  name                    = "${var.name}/${each.key}"
  description             = each.value
  recovery_window_in_days = var.secret_recovery_days
}

# What the deploy task needs: the settings of the crons, and where to put what Terraform must not
# know.

output "region" {
  description = "The AWS region of everything."
  value       = var.region
}

output "app_environment" {
  description = "The app's environment variables on Deno Deploy, by name. None is a secret: two of them name one."
  value = {
    AWS_REGION       = var.region
    SOURCE_URL       = "secretsmanager://${aws_secretsmanager_secret.url["source"].name}"
    WAREHOUSE_URL    = "secretsmanager://${aws_secretsmanager_secret.url["warehouse"].name}"
    INGESTION_URL    = "s3://${aws_s3_bucket.zone["ingestion"].bucket}"
    PROCESSED_URL    = "s3://${aws_s3_bucket.zone["processed"].bucket}"
    ALERT_FROM       = var.alert_sender
    ALERT_TO         = join(",", sort(var.alert_recipients))
    METRIC_NAMESPACE = var.metric_namespace
  }
}

output "ingestion_url" {
  description = "The ingestion zone, as the command line takes it."
  value       = "s3://${aws_s3_bucket.zone["ingestion"].bucket}"
}

output "processed_url" {
  description = "The processed zone, as the command line takes it."
  value       = "s3://${aws_s3_bucket.zone["processed"].bucket}"
}

output "role_arn" {
  description = "The role of the crons: what the app's cloud connection on Deno Deploy asks for. The platform sets AWS_ROLE_ARN by itself."
  value       = aws_iam_role.pipeline.arn
}

output "warehouse_host" {
  description = "The warehouse's host name."
  value       = aws_db_instance.warehouse.address
}

output "warehouse_port" {
  description = "The warehouse's port."
  value       = aws_db_instance.warehouse.port
}

output "warehouse_database" {
  description = "The warehouse's database."
  value       = aws_db_instance.warehouse.db_name
}

output "warehouse_admin_secret_arn" {
  description = "The secret in which RDS keeps the master's name and password. Only the deploy task reads it, to run the files of sql/."
  value       = aws_db_instance.warehouse.master_user_secret[0].secret_arn
}

output "secret_names" {
  description = "The secrets that the deploy task fills, each with a database URL: source, warehouse, dashboard."
  value       = { for key, secret in aws_secretsmanager_secret.url : key => secret.name }
}

output "alert_sender" {
  description = "The address alert mails come from."
  value       = var.alert_sender
}

output "alert_recipients" {
  description = "The addresses alert mails go to. The role may send to no others."
  value       = sort(var.alert_recipients)
}

output "mail_dns_records" {
  description = "CNAME records that prove the sender's domain. Empty unless verify_sender_domain and create_mail_identities."
  value = var.verify_sender_domain ? {
    for token in flatten(flatten(aws_sesv2_email_identity.sender[*].dkim_signing_attributes)[*].tokens) :
    "${token}._domainkey.${local.sender_domain}" => "${token}.${local.dkim_zone}"
  } : {}
}

output "metric_namespace" {
  description = "The CloudWatch namespace the crons write FreshnessSeconds to."
  value       = var.metric_namespace
}

output "alarm_topic_arn" {
  description = "The SNS topic of the alarms, for a pager or a chat to subscribe to."
  value       = aws_sns_topic.alarms.arn
}

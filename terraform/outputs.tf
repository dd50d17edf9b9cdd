# What the deploy task reads: the settings of the crons, and the secrets to fill.

output "region" {
  description = "The AWS region of everything."
  value       = var.region
}

output "app_environment" {
  description = "The app's environment variables on Deno Deploy. None holds a secret: some refer to one."
  value = {
    AWS_REGION       = var.region
    SOURCE_URL       = "secretsmanager://${aws_secretsmanager_secret.url["source"].name}"
    WAREHOUSE_URL    = "secretsmanager://${aws_secretsmanager_secret.url["warehouse"].name}"
    INGESTION_URL    = "s3://${aws_s3_bucket.zone["ingestion"].bucket}"
    PROCESSED_URL    = "s3://${aws_s3_bucket.zone["processed"].bucket}"
    ALERT_FROM       = var.alert_sender
    ALERT_TO         = join(",", sort(var.alert_recipients))
    METRIC_NAMESPACE = var.metric_namespace
    FILES_URL        = local.files_url

    DASHBOARD_PASSWORD      = var.dashboard ? "secretsmanager://${aws_secretsmanager_secret.url["dashboard_password"].name}" : "off"
    DASHBOARD_WAREHOUSE_URL = "secretsmanager://${aws_secretsmanager_secret.url["dashboard"].name}"
    DASHBOARD_URL           = coalesce(var.dashboard_url, "https://${var.deno_app}.${var.deno_org}.deno.net")
  }
}

output "ingestion_url" {
  description = "The URL of the ingestion zone, for INGESTION_URL."
  value       = "s3://${aws_s3_bucket.zone["ingestion"].bucket}"
}

output "processed_url" {
  description = "The URL of the processed zone, for PROCESSED_URL."
  value       = "s3://${aws_s3_bucket.zone["processed"].bucket}"
}

output "files_url" {
  description = "The folder to drop files in, for FILES_URL; off when no files are read."
  value       = local.files_url
}

output "role_arn" {
  description = "The role of the crons, for the app's cloud connection on Deno Deploy. The platform sets AWS_ROLE_ARN itself."
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
  description = "The secret in which RDS stores the credentials of the master user. Only the deploy task reads it, to run the files of sql/."
  value       = aws_db_instance.warehouse.master_user_secret[0].secret_arn
}

output "secret_names" {
  description = "The secrets that the deploy task fills: source, warehouse and dashboard with a database URL each, dashboard_password with the password of the dashboard, if it is on."
  value       = { for key, secret in aws_secretsmanager_secret.url : key => secret.name }
}

output "alert_sender" {
  description = "The sender of alert mails."
  value       = var.alert_sender
}

output "alert_recipients" {
  description = "The recipients of alert mails. The role can send to no others."
  value       = sort(var.alert_recipients)
}

output "mail_dns_records" {
  description = "CNAME records that verify the sender's domain. Empty unless verify_sender_domain and create_mail_identities."
  value = var.verify_sender_domain ? {
    for token in flatten(flatten(aws_sesv2_email_identity.sender[*].dkim_signing_attributes)[*].tokens) :
    "${token}._domainkey.${local.sender_domain}" => "${token}.${local.dkim_zone}"
  } : {}
}

output "metric_namespace" {
  description = "The CloudWatch namespace of the metric FreshnessSeconds."
  value       = var.metric_namespace
}

output "alarm_topic_arn" {
  description = "The SNS topic of the alarms. Subscribe a pager or a chat to it."
  value       = aws_sns_topic.alarms.arn
}

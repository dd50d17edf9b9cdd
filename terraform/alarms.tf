# Alarms. The pipeline's own alert mails name the cause; alarms also work when the pipeline does not run.

resource "aws_sns_topic" "alarms" {
  name = "${var.name}-alarms"
  # Not encrypted with the key alias/aws/sns, which CloudWatch cannot use: its alarms would be dropped
  # without an error. Alarms contain no data.
}

resource "aws_sns_topic_policy" "alarms" {
  arn = aws_sns_topic.alarms.arn

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "AlarmsOfThisAccount"
        Effect    = "Allow"
        Principal = { Service = "cloudwatch.amazonaws.com" }
        Action    = "sns:Publish"
        Resource  = aws_sns_topic.alarms.arn
        Condition = { StringEquals = { "aws:SourceAccount" = data.aws_caller_identity.current.account_id } }
      },
      {
        Sid       = "DenyWithoutTls"
        Effect    = "Deny"
        Principal = "*"
        Action    = "sns:Publish"
        Resource  = aws_sns_topic.alarms.arn
        Condition = { Bool = { "aws:SecureTransport" = "false" } }
      },
    ]
  })
}

resource "aws_sns_topic_subscription" "alarms" {
  for_each  = var.alert_recipients
  topic_arn = aws_sns_topic.alarms.arn
  protocol  = "email"
  endpoint  = each.value
}

resource "aws_cloudwatch_metric_alarm" "freshness" {
  alarm_name        = "${var.name}-freshness"
  alarm_description = "The warehouse is more than ${var.freshness_alarm_seconds} s behind the source, or its freshness is unknown. next: deno task etl status"

  namespace           = var.metric_namespace
  metric_name         = "FreshnessSeconds"
  statistic           = "Maximum"
  period              = 60
  comparison_operator = "GreaterThanThreshold"
  threshold           = var.freshness_alarm_seconds

  # Three minutes of five, so that one skipped or late tick is not an alarm.
  evaluation_periods  = 5
  datapoints_to_alarm = 3
  # A pipeline that does not run reports nothing: missing data is the main reason for this alarm.
  treat_missing_data = "breaching"

  alarm_actions = [aws_sns_topic.alarms.arn]
  ok_actions    = [aws_sns_topic.alarms.arn]
}

resource "aws_cloudwatch_metric_alarm" "storage" {
  alarm_name        = "${var.name}-warehouse-storage"
  alarm_description = "Less than 10 percent of the warehouse's initial storage is free. RDS grows it up to warehouse_max_storage_gib, a few times a day at most; after that, loads fail"

  namespace           = "AWS/RDS"
  metric_name         = "FreeStorageSpace"
  dimensions          = { DBInstanceIdentifier = aws_db_instance.warehouse.identifier }
  statistic           = "Minimum"
  period              = 300
  evaluation_periods  = 2
  comparison_operator = "LessThanThreshold"
  threshold           = var.warehouse_storage_gib * 1024 * 1024 * 1024 / 10
  # RDS reports nothing during maintenance. The freshness alarm covers a warehouse that is down.
  treat_missing_data = "ignore"

  alarm_actions = [aws_sns_topic.alarms.arn]
  ok_actions    = [aws_sns_topic.alarms.arn]
}

resource "aws_cloudwatch_metric_alarm" "cpu" {
  alarm_name        = "${var.name}-warehouse-cpu"
  alarm_description = "The warehouse's CPU has been busy for half an hour: check the dashboard's queries, or use a larger instance class"

  namespace           = "AWS/RDS"
  metric_name         = "CPUUtilization"
  dimensions          = { DBInstanceIdentifier = aws_db_instance.warehouse.identifier }
  statistic           = "Average"
  period              = 300
  evaluation_periods  = 6
  comparison_operator = "GreaterThanThreshold"
  threshold           = 80
  treat_missing_data  = "ignore"

  alarm_actions = [aws_sns_topic.alarms.arn]
  ok_actions    = [aws_sns_topic.alarms.arn]
}

# Only burstable classes have credits. A t4g of RDS continues without them, and credits that it does not
# earn back within a day are billed. The balance is no signal: a new instance starts with none.
resource "aws_cloudwatch_metric_alarm" "cpu_credits" {
  count             = startswith(var.warehouse_instance_class, "db.t") ? 1 : 0
  alarm_name        = "${var.name}-warehouse-cpu-credits"
  alarm_description = "The warehouse uses more CPU than its credits cover, and is billed for it: check the dashboard's queries, or use a larger instance class"

  namespace           = "AWS/RDS"
  metric_name         = "CPUSurplusCreditsCharged"
  dimensions          = { DBInstanceIdentifier = aws_db_instance.warehouse.identifier }
  statistic           = "Maximum"
  period              = 300
  evaluation_periods  = 1
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  treat_missing_data  = "ignore"

  alarm_actions = [aws_sns_topic.alarms.arn]
  ok_actions    = [aws_sns_topic.alarms.arn]
}

# What wakes somebody. The pipeline's own alert mails name the cause; these work when it cannot
# speak.

resource "aws_sns_topic" "alarms" {
  name = "${var.name}-alarms"
  # Not encrypted by the key alias/aws/sns: CloudWatch may not use that one, and its alarms would be
  # dropped without a word. They hold no data.
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
  alarm_description = "The warehouse is more than ${var.freshness_alarm_seconds} s behind the source, or nobody says how far. What to do: deno task etl status"

  namespace           = var.metric_namespace
  metric_name         = "FreshnessSeconds"
  statistic           = "Maximum"
  period              = 60
  comparison_operator = "GreaterThanThreshold"
  threshold           = var.freshness_alarm_seconds

  # Three minutes of five: a tick that was skipped or is late by itself is no alarm.
  evaluation_periods  = 5
  datapoints_to_alarm = 3
  # A pipeline that does not run says nothing. That is the alarm this is for.
  treat_missing_data = "breaching"

  alarm_actions = [aws_sns_topic.alarms.arn]
  ok_actions    = [aws_sns_topic.alarms.arn]
}

resource "aws_cloudwatch_metric_alarm" "storage" {
  alarm_name        = "${var.name}-warehouse-storage"
  alarm_description = "The warehouse has less than a tenth of its first storage free. RDS grows it up to warehouse_max_storage_gib, a few times a day at most; then loads fail"

  namespace           = "AWS/RDS"
  metric_name         = "FreeStorageSpace"
  dimensions          = { DBInstanceIdentifier = aws_db_instance.warehouse.identifier }
  statistic           = "Minimum"
  period              = 300
  evaluation_periods  = 2
  comparison_operator = "LessThanThreshold"
  threshold           = var.warehouse_storage_gib * 1024 * 1024 * 1024 / 10
  # RDS reports nothing during maintenance; a warehouse that is down is the freshness alarm's
  # business.
  treat_missing_data = "ignore"

  alarm_actions = [aws_sns_topic.alarms.arn]
  ok_actions    = [aws_sns_topic.alarms.arn]
}

resource "aws_cloudwatch_metric_alarm" "cpu" {
  alarm_name        = "${var.name}-warehouse-cpu"
  alarm_description = "The warehouse has been busy for half an hour: a dashboard's query, or an instance class that is too small"

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

# Only burstable classes have credits. An RDS t4g goes on without them, and what it has not earned back
# within a day is billed. The balance itself tells nothing: a new instance begins without any.
resource "aws_cloudwatch_metric_alarm" "cpu_credits" {
  count             = startswith(var.warehouse_instance_class, "db.t") ? 1 : 0
  alarm_name        = "${var.name}-warehouse-cpu-credits"
  alarm_description = "The warehouse is busier than its CPU credits allow, and billed for it: a dashboard's query, or an instance class that is too small"

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

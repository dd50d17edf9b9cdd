# Alarms and the budget.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  region                  = "eu-west-2"
  deno_org                = "acme"
  deno_app                = "totesys"
  alert_sender            = "etl@example.com"
  alert_recipients        = ["data@example.com", "oncall@example.com"]
  warehouse_allowed_cidrs = ["203.0.113.0/24"]
}

run "missing_data_is_an_alarm_and_every_recipient_is_subscribed" {
  assert {
    condition     = aws_cloudwatch_metric_alarm.freshness.treat_missing_data == "breaching"
    error_message = "Missing data must raise the alarm."
  }

  assert {
    condition     = "${aws_cloudwatch_metric_alarm.freshness.namespace} ${aws_cloudwatch_metric_alarm.freshness.metric_name} ${aws_cloudwatch_metric_alarm.freshness.threshold}" == "Totesys/ETL FreshnessSeconds 300"
    error_message = "The alarm must use the metric that the pipeline writes."
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.freshness.dimensions == null
    error_message = "The pipeline writes the metric without dimensions."
  }

  assert {
    condition = alltrue([
      for alarm in concat([aws_cloudwatch_metric_alarm.freshness, aws_cloudwatch_metric_alarm.storage, aws_cloudwatch_metric_alarm.cpu], aws_cloudwatch_metric_alarm.cpu_credits) :
      alarm.alarm_actions == toset([aws_sns_topic.alarms.arn]) && alarm.ok_actions == toset([aws_sns_topic.alarms.arn])
    ])
    error_message = "Each alarm must notify when it starts and when it ends."
  }

  assert {
    condition     = toset([for subscription in aws_sns_topic_subscription.alarms : subscription.endpoint]) == toset(["data@example.com", "oncall@example.com"])
    error_message = "Every recipient must be subscribed."
  }

  assert {
    condition = [for statement in jsondecode(aws_sns_topic_policy.alarms.policy).Statement : [statement.Effect, jsonencode(statement.Principal), jsonencode(statement.Condition)]] == [
      ["Allow", "{\"Service\":\"cloudwatch.amazonaws.com\"}", "{\"StringEquals\":{\"aws:SourceAccount\":\"123456789012\"}}"],
      ["Deny", "\"*\"", "{\"Bool\":{\"aws:SecureTransport\":\"false\"}}"],
    ]
    error_message = "Only alarms of this account can publish, over TLS."
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.storage.threshold == 2147483648 && aws_cloudwatch_metric_alarm.storage.dimensions == tomap({ DBInstanceIdentifier = "totesys-warehouse" }) && aws_cloudwatch_metric_alarm.cpu.dimensions == tomap({ DBInstanceIdentifier = "totesys-warehouse" })
    error_message = "The alarms must monitor this warehouse."
  }

  assert {
    condition     = [for alarm in aws_cloudwatch_metric_alarm.cpu_credits : alarm.metric_name] == ["CPUSurplusCreditsCharged"]
    error_message = "A burstable class must have an alarm on credits that are billed, not on the balance, which is empty at first."
  }

  assert {
    condition     = length(aws_budgets_budget.monthly) == 0
    error_message = "There must be no budget by default."
  }
}

run "a_class_without_bursting_has_no_credit_alarm" {
  variables {
    warehouse_instance_class = "db.m7g.large"
  }

  assert {
    condition     = length(aws_cloudwatch_metric_alarm.cpu_credits) == 0
    error_message = "A class without credits must have no credit alarm."
  }
}

run "a_budget_mails_every_recipient" {
  variables {
    monthly_budget_usd = 25
  }

  assert {
    condition     = !one(aws_budgets_budget.monthly[0].cost_types).include_credit
    error_message = "The budget must include costs that credits pay."
  }

  assert {
    condition = aws_budgets_budget.monthly[0].limit_amount == "25.00" && alltrue([
      for notification in aws_budgets_budget.monthly[0].notification :
      notification.subscriber_email_addresses == toset(["data@example.com", "oncall@example.com"])
    ]) && length(aws_budgets_budget.monthly[0].notification) == 3
    error_message = "Every notification must reach every recipient."
  }
}

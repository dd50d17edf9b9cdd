# The monthly budget. AWS mails the recipients directly, so the notification does not depend on the SNS
# topic.

resource "aws_budgets_budget" "monthly" {
  count        = var.monthly_budget_usd == null ? 0 : 1
  name         = "${var.name}-monthly"
  budget_type  = "COST"
  limit_amount = format("%.2f", var.monthly_budget_usd)
  limit_unit   = "USD"
  time_unit    = "MONTHLY"

  # The cost before credits, because credits run out.
  cost_types {
    include_credit = false
    include_refund = false
  }

  # AWS needs about five weeks of data for a forecast.
  dynamic "notification" {
    for_each = [["ACTUAL", 80], ["ACTUAL", 100], ["FORECASTED", 100]]

    content {
      comparison_operator        = "GREATER_THAN"
      notification_type          = notification.value[0]
      threshold                  = notification.value[1]
      threshold_type             = "PERCENTAGE"
      subscriber_email_addresses = sort(var.alert_recipients)
    }
  }
}

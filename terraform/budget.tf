# What it may cost. Mailed by AWS itself, to everybody: a budget alarm that needs a working topic is
# none.

resource "aws_budgets_budget" "monthly" {
  count        = var.monthly_budget_usd == null ? 0 : 1
  name         = "${var.name}-monthly"
  budget_type  = "COST"
  limit_amount = format("%.2f", var.monthly_budget_usd)
  limit_unit   = "USD"
  time_unit    = "MONTHLY"

  # What is used, and not what credits leave of it: they end one day.
  cost_types {
    include_credit = false
    include_refund = false
  }

  # AWS forecasts nothing before it has seen some five weeks.
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

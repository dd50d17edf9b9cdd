# Alert mails, by SES.

locals {
  sender_domain   = split("@", var.alert_sender)[1]
  sender_identity = var.verify_sender_domain ? local.sender_domain : var.alert_sender

  # In the sandbox SES sends to verified addresses only, and asks for the right to send to them as
  # well.
  recipient_identities = var.mail_sandbox ? setsubtract(var.alert_recipients, [local.sender_identity]) : toset([])

  mail_identity_arns = concat(
    [aws_sesv2_email_identity.sender.arn],
    [for address in sort(local.recipient_identities) : aws_sesv2_email_identity.recipient[address].arn],
  )
}

resource "aws_sesv2_email_identity" "sender" {
  email_identity = local.sender_identity
}

resource "aws_sesv2_email_identity" "recipient" {
  for_each       = local.recipient_identities
  email_identity = each.value
}

# Alert mails with SES.

locals {
  sender_domain   = split("@", var.alert_sender)[1]
  sender_identity = var.verify_sender_domain ? local.sender_domain : var.alert_sender

  # These regions have their own DKIM zone:
  # https://docs.aws.amazon.com/general/latest/gr/ses.html#ses_dkim_domains
  has_own_dkim_zone = contains([
    "af-south-1", "ap-northeast-3", "ap-south-2", "ap-southeast-3", "ap-southeast-5", "ca-west-1",
    "eu-central-2", "eu-south-1", "il-central-1", "me-central-1", "us-gov-east-1",
  ], var.region)
  dkim_zone = local.has_own_dkim_zone ? "dkim.${var.region}.amazonses.com" : "dkim.amazonses.com"

  # In the sandbox, SES sends only to verified addresses, and the role needs permission for them too.
  recipient_identities = var.mail_sandbox ? setsubtract(var.alert_recipients, [local.sender_identity]) : toset([])

  mail_identity_arns = [
    for identity in concat([local.sender_identity], sort(local.recipient_identities)) :
    "arn:${data.aws_partition.current.partition}:ses:${var.region}:${data.aws_caller_identity.current.account_id}:identity/${identity}"
  ]
}

resource "aws_sesv2_email_identity" "sender" {
  count          = var.create_mail_identities ? 1 : 0
  email_identity = local.sender_identity
}

resource "aws_sesv2_email_identity" "recipient" {
  for_each       = var.create_mail_identities ? local.recipient_identities : toset([])
  email_identity = each.value
}

# What differs between one installation and the next. A wrong value is refused here, with the
# reason, and not by AWS after half of the resources have been made.

locals {
  # An address is both: of these lengths, and of this form.
  mail_address = [
    "^[^@]{1,64}@.{1,253}$",
    "^[A-Za-z0-9_%+-]+([.][A-Za-z0-9_%+-]+)*@([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?[.])+[A-Za-z]{2,63}$",
  ]
}

# --- The installation ---

variable "name" {
  description = "What everything is named after: buckets, database, role, alarms. One AWS account can hold several installations, each by its own name; what they share, the first one makes: create_oidc_provider, create_mail_identities."
  type        = string
  nullable    = false
  default     = "totesys"

  validation {
    condition     = can(regex("^[a-z]([a-z0-9]|-[a-z0-9]){2,19}$", var.name)) && length(var.name) <= 20
    error_message = "name must be 3 to 20 lower-case letters, digits and single hyphens, and begin with a letter: bucket names allow no more."
  }

  validation {
    condition     = alltrue([for prefix in ["sthree-", "amzn-s3-demo-"] : !startswith("${var.name}-", prefix)])
    error_message = "name must not begin with sthree or amzn-s3-demo: S3 keeps such bucket names for itself."
  }
}

variable "region" {
  description = "The AWS region of everything, for example eu-west-2. Choose the one nearest to the source, and to where Deno Deploy runs the crons. SES must be offered there."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[1-9]$", var.region))
    error_message = "region must be the name of an AWS region, for example eu-west-2."
  }
}

variable "tags" {
  description = "Tags for every resource, beside Application and ManagedBy."
  type        = map(string)
  nullable    = false
  default     = {}

  validation {
    condition     = length(var.tags) <= 40 && alltrue([for key, value in var.tags : can(regex("^[\\p{L}\\p{N} _.:/=+@-]{1,128}$", key)) && can(regex("^[\\p{L}\\p{N} _.:/=+@-]{0,256}$", value)) && !startswith(lower(key), "aws:")])
    error_message = "tags must be 40 at most, of letters, digits, spaces and _.:/=+-@: keys of 1 to 128 that do not begin with aws:, values of up to 256."
  }

  validation {
    condition     = length(distinct([for key in concat(keys(var.tags), ["Application", "ManagedBy"]) : lower(key)])) == length(var.tags) + 2
    error_message = "tags must not differ in upper and lower case alone, nor be called Application or ManagedBy: IAM takes those for one."
  }
}

# --- The lake ---

variable "break_glass_principal_arns" {
  description = "ARNs of IAM roles or users that may delete objects of the lake, for an erasure the law demands. The default is nobody: whoever must delete is named here first, in a reviewed change. It is no fence against who may change the bucket's policy or its lifecycle rules. A role is named by its own ARN, as aws iam get-role says it, also for who comes by SSO, and not by that of a session; :root is the root user alone."
  type        = list(string)
  nullable    = false
  default     = []

  validation {
    condition     = alltrue([for arn in var.break_glass_principal_arns : can(regex("^arn:aws[a-z-]*:iam::[0-9]{12}:((role|user)/[A-Za-z0-9+=,.@_/-]+|root)$", arn))])
    error_message = "break_glass_principal_arns must be ARNs of IAM roles or users, without wildcards, for example arn:aws:iam::123456789012:role/data-protection."
  }
}

variable "object_lock_days" {
  description = "Days for which S3 Object Lock (governance mode) keeps every new object of the lake from being deleted or shortened, over and above the bucket policy. null: no object lock. It can be switched on for a lake that is there, and then holds for what is new. S3 never takes it off a bucket again: back to null only ends it for what is new."
  type        = number
  default     = null

  validation {
    condition     = var.object_lock_days == null ? true : var.object_lock_days >= 1 && var.object_lock_days <= 36500 && floor(var.object_lock_days) == var.object_lock_days
    error_message = "object_lock_days must be a whole number from 1 to 36500, or null."
  }
}

variable "infrequent_after_days" {
  description = "Days after which a data object moves to STANDARD_IA: cheaper to keep, dearer to read. Only replays read old objects."
  type        = number
  nullable    = false
  default     = 30

  validation {
    condition     = var.infrequent_after_days >= 30 && var.infrequent_after_days <= 36500 && floor(var.infrequent_after_days) == var.infrequent_after_days
    error_message = "infrequent_after_days must be a whole number from 30 to 36500: S3 accepts no earlier move to STANDARD_IA."
  }
}

variable "archive_after_days" {
  description = "Days after which a data object moves to GLACIER_IR, which is cheaper still and readable at once, so that a replay needs no restore."
  type        = number
  nullable    = false
  default     = 90

  validation {
    condition     = var.archive_after_days >= var.infrequent_after_days + 30 && var.archive_after_days <= 36530 && floor(var.archive_after_days) == var.archive_after_days
    error_message = "archive_after_days must be a whole number up to 36530, at least 30 more than infrequent_after_days: STANDARD_IA is billed for 30 days in any case."
  }
}

variable "noncurrent_days" {
  description = "Days for which a version that somebody deleted or overwrote can still be brought back."
  type        = number
  nullable    = false
  default     = 90

  validation {
    condition     = var.noncurrent_days >= 7 && var.noncurrent_days <= 36500 && floor(var.noncurrent_days) == var.noncurrent_days
    error_message = "noncurrent_days must be a whole number from 7 to 36500: less leaves no time to notice."
  }
}

# --- The warehouse ---

variable "postgres_version" {
  description = "The major version of PostgreSQL. AWS chooses the minor version and keeps it up to date. A higher one is an upgrade in the next maintenance window, which the warehouse is down for: see docs/deploy.md. RDS takes no lower one."
  type        = string
  nullable    = false
  default     = "17"

  validation {
    condition     = can(regex("^1[5-8]$", var.postgres_version))
    error_message = "postgres_version must be a major version from 15 to 18, for example \"17\"."
  }
}

variable "warehouse_instance_class" {
  description = "The RDS instance class. A t4g.micro (two cores, 1 GB) keeps up with a tick a minute and millions of rows; a dashboard with many users wants more."
  type        = string
  nullable    = false
  default     = "db.t4g.micro"

  validation {
    condition     = can(regex("^db\\.[a-z]+[0-9][a-z0-9]*\\.(micro|small|medium|large|xlarge|[1-9][0-9]*xlarge|metal)$", var.warehouse_instance_class))
    error_message = "warehouse_instance_class must be an RDS instance class, for example db.t4g.micro."
  }
}

variable "warehouse_storage_gib" {
  description = "Storage of the warehouse at first, in GiB."
  type        = number
  nullable    = false
  default     = 20

  validation {
    condition     = var.warehouse_storage_gib >= 20 && var.warehouse_storage_gib <= 65536 && floor(var.warehouse_storage_gib) == var.warehouse_storage_gib
    error_message = "warehouse_storage_gib must be a whole number from 20 to 65536."
  }
}

variable "warehouse_max_storage_gib" {
  description = "How far RDS may grow the storage by itself, in GiB. It never shrinks again."
  type        = number
  nullable    = false
  default     = 100

  validation {
    condition     = var.warehouse_max_storage_gib >= var.warehouse_storage_gib * 1.1 && var.warehouse_max_storage_gib <= 65536 && floor(var.warehouse_max_storage_gib) == var.warehouse_max_storage_gib
    error_message = "warehouse_max_storage_gib must be a whole number up to 65536, at least a tenth more than warehouse_storage_gib."
  }
}

variable "warehouse_multi_az" {
  description = "Keep a standby in a second availability zone, at twice the price. Without it a failed zone means a restore; the lake can also rebuild the warehouse."
  type        = bool
  nullable    = false
  default     = false
}

variable "warehouse_public" {
  description = "Give the warehouse a public address. Deno Deploy documents no static egress address and no private networking, so crons that run there reach it no other way; false is for crons, and a deploy task, that run inside the VPC."
  type        = bool
  nullable    = false
  default     = true
}

variable "warehouse_allowed_cidrs" {
  description = "IPv4 ranges that may open connections to the warehouse. Deno Deploy documents no static egress address, so its crons need 0.0.0.0/0; then TLS (enforced), SCRAM and long random passwords are all that stands in front of it. Name your own ranges only if the crons run from fixed addresses, and add that of whoever runs the deploy task, which makes the warehouse's roles; no setting sends them through a proxy."
  type        = list(string)
  nullable    = false

  validation {
    condition     = length(var.warehouse_allowed_cidrs) > 0 && length(var.warehouse_allowed_cidrs) <= 60 && alltrue([for cidr in var.warehouse_allowed_cidrs : can(regex("^[0-9.]+/[0-9]+$", cidr)) && try(cidrsubnet(cidr, 0, 0) == cidr, false)])
    error_message = "warehouse_allowed_cidrs must be 1 to 60 IPv4 ranges whose host bits are zero, for example [\"203.0.113.0/24\"]: a security group holds no more."
  }
}

variable "vpc_cidr" {
  description = "The address range of the VPC made for the warehouse: a private /16 to /24. Choose another if it must not overlap with a network this one is to be peered with, and before the first apply: the network cannot be changed under a warehouse that is there, and a later change is refused."
  type        = string
  nullable    = false
  default     = "10.42.0.0/24"

  validation {
    condition     = can(regex("^(10|172\\.(1[6-9]|2[0-9]|3[01])|192\\.168|100\\.(6[4-9]|[7-9][0-9]|1[01][0-9]|12[0-7]))\\.[0-9.]+/(1[6-9]|2[0-4])$", var.vpc_cidr)) && try(cidrsubnet(var.vpc_cidr, 0, 0) == var.vpc_cidr, false)
    error_message = "vpc_cidr must be an IPv4 range of /16 to /24 within 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16 or 100.64.0.0/10 whose host bits are zero, for example 10.42.0.0/24."
  }
}

variable "warehouse_apply_immediately" {
  description = "Do at once what restarts the warehouse, and not in the next maintenance window: for an upgrade of postgres_version that somebody watches."
  type        = bool
  nullable    = false
  default     = false
}

variable "ca_certificate" {
  description = "Which authority of RDS signs the warehouse's certificate. Clients verify it by the bundle that RDS publishes, which holds them all. null: what RDS gives new databases in the region."
  type        = string
  default     = null

  validation {
    condition     = var.ca_certificate == null ? true : contains(["rds-ca-rsa2048-g1", "rds-ca-rsa4096-g1", "rds-ca-ecc384-g1"], var.ca_certificate)
    error_message = "ca_certificate must be rds-ca-rsa2048-g1, rds-ca-rsa4096-g1, rds-ca-ecc384-g1 or null."
  }
}

variable "backup_days" {
  description = "Days for which the warehouse can be restored to any second. AWS allows an account on its Free plan no more than 1."
  type        = number
  nullable    = false
  default     = 7

  validation {
    condition     = var.backup_days >= 1 && var.backup_days <= 35 && floor(var.backup_days) == var.backup_days
    error_message = "backup_days must be a whole number from 1 to 35: 0 would switch backups off."
  }
}

variable "deletion_protection" {
  description = "Refuse to delete the warehouse. Switch it off, and apply, before terraform destroy, which takes no last snapshot: the lake gives a warehouse back."
  type        = bool
  nullable    = false
  default     = true
}

# --- Secrets ---

variable "secret_recovery_days" {
  description = "Days for which a deleted secret can be brought back: 7 to 30, or 0 to delete at once, which is for installations that come and go."
  type        = number
  nullable    = false
  default     = 7

  validation {
    condition     = var.secret_recovery_days == 0 || (var.secret_recovery_days >= 7 && var.secret_recovery_days <= 30 && floor(var.secret_recovery_days) == var.secret_recovery_days)
    error_message = "secret_recovery_days must be 0 or a whole number from 7 to 30."
  }
}

# --- Who runs the crons ---

variable "deno_org" {
  description = "The slug of the Deno Deploy organization, as in its URL."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$", var.deno_org))
    error_message = "deno_org must be a slug of lower-case letters, digits and hyphens: a wildcard would let other organizations in."
  }
}

variable "deno_app" {
  description = "The slug of the Deno Deploy app, as in its URL."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$", var.deno_app))
    error_message = "deno_app must be a slug of lower-case letters, digits and hyphens: a wildcard would let other apps in."
  }
}

variable "deno_contexts" {
  description = "The contexts of the app that may take the role, as its tokens spell them: production, in lower case. More than production means that code of a branch can write to the lake."
  type        = set(string)
  nullable    = false
  default     = ["production"]

  validation {
    condition     = length(var.deno_contexts) > 0 && alltrue([for context in var.deno_contexts : can(regex("^[A-Za-z0-9]([A-Za-z0-9_-]{0,61}[A-Za-z0-9])?$", context))])
    error_message = "deno_contexts must name at least one context, by letters, digits, hyphens and underscores: a wildcard would let every branch in."
  }
}

variable "create_oidc_provider" {
  description = "Make the account trust Deno Deploy's tokens. An account can do so only once: false if another installation has done it."
  type        = bool
  nullable    = false
  default     = true
}

# --- Alerts ---

variable "alert_sender" {
  description = "The address that alert mails come from. SES must be able to verify it, or its domain."
  type        = string
  nullable    = false

  validation {
    condition     = alltrue([for form in local.mail_address : can(regex(form, var.alert_sender))])
    error_message = "alert_sender must be an email address."
  }
}

variable "verify_sender_domain" {
  description = "Verify the sender's whole domain, by DKIM records that the output mail_dns_records names, instead of the one address, by a link that is mailed to it. Mails then pass spam filters."
  type        = bool
  nullable    = false
  default     = false
}

variable "alert_recipients" {
  description = "Who is told: each gets the alert mails, and a subscription to the alarms that must be confirmed once."
  type        = set(string)
  nullable    = false

  validation {
    condition     = length(var.alert_recipients) > 0 && length(var.alert_recipients) <= 10 && alltrue([for pair in setproduct(local.mail_address, var.alert_recipients) : can(regex(pair[0], pair[1]))])
    error_message = "alert_recipients must be 1 to 10 email addresses: an alarm that nobody hears is none, and a budget takes no more."
  }
}

variable "create_mail_identities" {
  description = "Have SES verify the sender and, in the sandbox, the recipients. They belong to account and region: false if they are verified there already, by another installation or by hand; then nothing is made, and whoever made them keeps them."
  type        = bool
  nullable    = false
  default     = true
}

variable "mail_sandbox" {
  description = "The account's SES is still in the sandbox, as every new one is: recipients must be verified as well, and each is mailed a link. Set it to false when AWS has granted production access."
  type        = bool
  nullable    = false
  default     = true
}

variable "metric_namespace" {
  description = "The CloudWatch namespace the pipeline writes its metrics to. A second installation in one account needs one of its own."
  type        = string
  nullable    = false
  default     = "Totesys/ETL"

  validation {
    condition     = can(regex("^[A-Za-z0-9._/#-]{1,255}$", var.metric_namespace)) && !startswith(lower(var.metric_namespace), "aws/")
    error_message = "metric_namespace must be 1 to 255 letters, digits and ._/#-, and not begin with AWS/."
  }
}

variable "freshness_alarm_seconds" {
  description = "How far the warehouse may be behind the source before the alarm goes off, in seconds. Ticks come every 60 by default; slower ones want more."
  type        = number
  nullable    = false
  default     = 300

  validation {
    condition     = var.freshness_alarm_seconds >= 60 && var.freshness_alarm_seconds <= 86400
    error_message = "freshness_alarm_seconds must be from 60 to 86400: ticks come no more often than every 60 seconds."
  }
}

variable "monthly_budget_usd" {
  description = "What the account may cost in a month, in US dollars: recipients are mailed at 80 and at 100 %, and when AWS expects more than that. It counts the whole account, and what credits pay for as well. null: no budget."
  type        = number
  default     = null

  validation {
    condition     = var.monthly_budget_usd == null ? true : var.monthly_budget_usd >= 1 && can(regex("^[0-9]+([.][0-9]{1,2})?$", tostring(var.monthly_budget_usd)))
    error_message = "monthly_budget_usd must be at least 1, with cents at most, or null."
  }
}

# The variables of an installation. An invalid value is rejected here, with the reason, and not by AWS in
# the middle of an apply.

locals {
  # A mail address matches both: the lengths and the characters.
  mail_address = [
    "^[^@]{1,64}@.{1,253}$",
    "^[A-Za-z0-9_%+-]+([.][A-Za-z0-9_%+-]+)*@([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?[.])+[A-Za-z]{2,63}$",
  ]
}

# --- The installation ---

variable "name" {
  description = "The prefix of every name: buckets, database, role, alarms. One AWS account can have several installations with different names. The first one creates what they share, see create_oidc_provider and create_mail_identities."
  type        = string
  nullable    = false
  default     = "totesys"

  validation {
    condition     = can(regex("^[a-z]([a-z0-9]|-[a-z0-9]){2,19}$", var.name)) && length(var.name) <= 20
    error_message = "name must be 3 to 20 lower-case letters, digits and single hyphens, and begin with a letter: it is part of bucket names."
  }

  validation {
    condition     = alltrue([for prefix in ["sthree-", "amzn-s3-demo-"] : !startswith("${var.name}-", prefix)])
    error_message = "name must not begin with sthree or amzn-s3-demo: S3 reserves such bucket names."
  }
}

variable "region" {
  description = "The AWS region of everything, for example eu-west-2. Choose the one nearest to the source and to the region of the app on Deno Deploy. SES must be available there."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[1-9]$", var.region))
    error_message = "region must be the name of an AWS region, for example eu-west-2."
  }
}

variable "tags" {
  description = "Tags for every resource, in addition to Application and ManagedBy."
  type        = map(string)
  nullable    = false
  default     = {}

  validation {
    condition     = length(var.tags) <= 40 && alltrue([for key, value in var.tags : can(regex("^[\\p{L}\\p{N} _.:/=+@-]{1,128}$", key)) && can(regex("^[\\p{L}\\p{N} _.:/=+@-]{0,256}$", value)) && !startswith(lower(key), "aws:")])
    error_message = "tags must be at most 40, of letters, digits, spaces and _.:/=+-@: keys of 1 to 128 characters that do not begin with aws:, values of up to 256."
  }

  validation {
    condition     = length(distinct([for key in concat(keys(var.tags), ["Application", "ManagedBy"]) : lower(key)])) == length(var.tags) + 2
    error_message = "tags must differ in more than upper and lower case, and not be named Application or ManagedBy: IAM ignores case."
  }
}

# --- The lake ---

variable "break_glass_principal_arns" {
  description = "ARNs of IAM roles or users that can delete objects of the lake, for an erasure that the law requires. None by default: add them in a reviewed change. This does not stop a principal that can change the bucket policy or the lifecycle rules. For a role, an SSO role included, use the ARN that aws iam get-role prints, not the ARN of a session. :root is only the root user."
  type        = list(string)
  nullable    = false
  default     = []

  validation {
    condition     = alltrue([for arn in var.break_glass_principal_arns : can(regex("^arn:aws[a-z-]*:iam::[0-9]{12}:((role|user)/[A-Za-z0-9+=,.@_/-]+|root)$", arn))])
    error_message = "break_glass_principal_arns must be ARNs of IAM roles or users, without wildcards, for example arn:aws:iam::123456789012:role/data-protection."
  }
}

variable "object_lock_days" {
  description = "Days for which S3 Object Lock (governance mode) protects every new object of the lake, in addition to the bucket policy. null: no object lock. It can be enabled later and then applies to new objects. S3 cannot remove it from a bucket: setting null again only ends it for new objects."
  type        = number
  default     = null

  validation {
    condition     = var.object_lock_days == null ? true : var.object_lock_days >= 1 && var.object_lock_days <= 36500 && floor(var.object_lock_days) == var.object_lock_days
    error_message = "object_lock_days must be a whole number from 1 to 36500, or null."
  }
}

variable "infrequent_after_days" {
  description = "Days after which a data object moves to STANDARD_IA, which is cheaper to store and more expensive to read. Only replays read old objects."
  type        = number
  nullable    = false
  default     = 30

  validation {
    condition     = var.infrequent_after_days >= 30 && var.infrequent_after_days <= 36500 && floor(var.infrequent_after_days) == var.infrequent_after_days
    error_message = "infrequent_after_days must be a whole number from 30 to 36500: S3 does not move objects to STANDARD_IA earlier."
  }
}

variable "archive_after_days" {
  description = "Days after which a data object moves to GLACIER_IR, which is even cheaper and readable immediately, so a replay needs no restore."
  type        = number
  nullable    = false
  default     = 90

  validation {
    condition     = var.archive_after_days >= var.infrequent_after_days + 30 && var.archive_after_days <= 36530 && floor(var.archive_after_days) == var.archive_after_days
    error_message = "archive_after_days must be a whole number up to 36530, at least 30 more than infrequent_after_days: STANDARD_IA is billed for at least 30 days."
  }
}

variable "noncurrent_days" {
  description = "Days for which a deleted or overwritten version can be restored."
  type        = number
  nullable    = false
  default     = 90

  validation {
    condition     = var.noncurrent_days >= 7 && var.noncurrent_days <= 36500 && floor(var.noncurrent_days) == var.noncurrent_days
    error_message = "noncurrent_days must be a whole number from 7 to 36500: fewer leave no time to notice a mistake."
  }
}

# --- Files ---

variable "files_url" {
  description = "The folder whose files are loaded, s3://BUCKET or s3://BUCKET/FOLDER: the role can list and read it and nothing else. null: a new bucket, private, encrypted and versioned. off: no files. A bucket of another account must also grant this to the role, and a key of KMS must let it decrypt."
  type        = string
  default     = null

  validation {
    condition     = var.files_url == null || var.files_url == "off" ? true : can(regex("^s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/[A-Za-z0-9!_.()-]+)*/?$", var.files_url))
    error_message = "files_url must be s3://BUCKET or s3://BUCKET/FOLDER, off, or null."
  }

  # The pipeline would load its own objects, and the role's right to write them would cover the files.
  validation {
    condition     = var.files_url == null ? true : !can(regex("^s3://[a-z0-9-]+-(ingestion|processed)-[0-9]{12}-", var.files_url))
    error_message = "files_url must not be in a bucket of the lake."
  }
}

# --- The warehouse ---

variable "postgres_version" {
  description = "The major version of PostgreSQL. AWS chooses the minor version and keeps it up to date. A higher version upgrades the warehouse in the next maintenance window, with downtime: see docs/cloud.md. RDS does not downgrade."
  type        = string
  nullable    = false
  default     = "17"

  validation {
    condition     = can(regex("^1[5-8]$", var.postgres_version))
    error_message = "postgres_version must be a major version from 15 to 18, for example \"17\"."
  }
}

variable "warehouse_instance_class" {
  description = "The RDS instance class. A t4g.micro (two cores, 1 GB) handles a tick a minute and millions of rows. A dashboard with many users needs a larger one."
  type        = string
  nullable    = false
  default     = "db.t4g.micro"

  validation {
    condition     = can(regex("^db\\.[a-z]+[0-9][a-z0-9]*\\.(micro|small|medium|large|xlarge|[1-9][0-9]*xlarge|metal)$", var.warehouse_instance_class))
    error_message = "warehouse_instance_class must be an RDS instance class, for example db.t4g.micro."
  }
}

variable "warehouse_storage_gib" {
  description = "Initial storage of the warehouse, in GiB."
  type        = number
  nullable    = false
  default     = 20

  validation {
    condition     = var.warehouse_storage_gib >= 20 && var.warehouse_storage_gib <= 65536 && floor(var.warehouse_storage_gib) == var.warehouse_storage_gib
    error_message = "warehouse_storage_gib must be a whole number from 20 to 65536."
  }
}

variable "warehouse_max_storage_gib" {
  description = "The limit to which RDS grows the storage, in GiB. It never shrinks."
  type        = number
  nullable    = false
  default     = 100

  validation {
    condition     = var.warehouse_max_storage_gib >= var.warehouse_storage_gib * 1.1 && var.warehouse_max_storage_gib <= 65536 && floor(var.warehouse_max_storage_gib) == var.warehouse_max_storage_gib
    error_message = "warehouse_max_storage_gib must be a whole number up to 65536, at least 10 percent more than warehouse_storage_gib."
  }
}

variable "warehouse_multi_az" {
  description = "Run a standby in a second availability zone, at twice the price. Without it, a failed zone requires a restore. The lake can also rebuild the warehouse."
  type        = bool
  nullable    = false
  default     = false
}

variable "warehouse_public" {
  description = "Give the warehouse a public address. Deno Deploy documents no static egress address and no private networking, so its crons cannot reach the warehouse any other way. Set false only if the crons and the deploy task run inside the VPC."
  type        = bool
  nullable    = false
  default     = true
}

variable "warehouse_allowed_cidrs" {
  description = "IPv4 ranges that can connect to the warehouse. Deno Deploy documents no static egress address, so its crons need 0.0.0.0/0. TLS (enforced), SCRAM and long random passwords then protect the warehouse. Use narrower ranges only if the crons run from fixed addresses, and include the machine that runs the deploy task, which creates the warehouse's roles. There is no setting for a proxy."
  type        = list(string)
  nullable    = false

  validation {
    condition     = length(var.warehouse_allowed_cidrs) > 0 && length(var.warehouse_allowed_cidrs) <= 60 && alltrue([for cidr in var.warehouse_allowed_cidrs : can(regex("^[0-9.]+/[0-9]+$", cidr)) && try(cidrsubnet(cidr, 0, 0) == cidr, false)])
    error_message = "warehouse_allowed_cidrs must be 1 to 60 IPv4 ranges whose host bits are zero, for example [\"203.0.113.0/24\"]: a security group cannot have more."
  }
}

variable "vpc_cidr" {
  description = "The address range of the warehouse's VPC: a private /16 to /24. Choose one that does not overlap with networks you will peer with, before the first apply. A later change is rejected, because the network of an existing warehouse cannot change."
  type        = string
  nullable    = false
  default     = "10.42.0.0/24"

  validation {
    condition     = can(regex("^(10|172\\.(1[6-9]|2[0-9]|3[01])|192\\.168|100\\.(6[4-9]|[7-9][0-9]|1[01][0-9]|12[0-7]))\\.[0-9.]+/(1[6-9]|2[0-4])$", var.vpc_cidr)) && try(cidrsubnet(var.vpc_cidr, 0, 0) == var.vpc_cidr, false)
    error_message = "vpc_cidr must be an IPv4 range of /16 to /24 within 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16 or 100.64.0.0/10 whose host bits are zero, for example 10.42.0.0/24."
  }
}

variable "warehouse_apply_immediately" {
  description = "Apply changes that restart the warehouse immediately instead of in the next maintenance window: for an attended upgrade of postgres_version."
  type        = bool
  nullable    = false
  default     = false
}

variable "ca_certificate" {
  description = "The authority of RDS that signs the warehouse's certificate. Clients verify it with the bundle that RDS publishes, which contains all authorities. null: the default of the region."
  type        = string
  default     = null

  validation {
    condition     = var.ca_certificate == null ? true : contains(["rds-ca-rsa2048-g1", "rds-ca-rsa4096-g1", "rds-ca-ecc384-g1"], var.ca_certificate)
    error_message = "ca_certificate must be rds-ca-rsa2048-g1, rds-ca-rsa4096-g1, rds-ca-ecc384-g1 or null."
  }
}

variable "backup_days" {
  description = "Days for which the warehouse can be restored to any second. The Free plan of AWS allows 1 at most."
  type        = number
  nullable    = false
  default     = 7

  validation {
    condition     = var.backup_days >= 1 && var.backup_days <= 35 && floor(var.backup_days) == var.backup_days
    error_message = "backup_days must be a whole number from 1 to 35: 0 would disable backups."
  }
}

variable "deletion_protection" {
  description = "Protect the warehouse from deletion. Set false and apply before terraform destroy, which takes no final snapshot: the lake can rebuild the warehouse."
  type        = bool
  nullable    = false
  default     = true
}

# --- Secrets ---

variable "secret_recovery_days" {
  description = "Days for which a deleted secret can be restored: 7 to 30, or 0 to delete immediately, for temporary installations."
  type        = number
  nullable    = false
  default     = 7

  validation {
    condition     = var.secret_recovery_days == 0 || (var.secret_recovery_days >= 7 && var.secret_recovery_days <= 30 && floor(var.secret_recovery_days) == var.secret_recovery_days)
    error_message = "secret_recovery_days must be 0 or a whole number from 7 to 30."
  }
}

# --- The app ---

variable "deno_org" {
  description = "The slug of the Deno Deploy organization, as in its URL."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$", var.deno_org))
    error_message = "deno_org must be a slug of lower-case letters, digits and hyphens: a wildcard would admit other organizations."
  }
}

variable "deno_app" {
  description = "The slug of the Deno Deploy app, as in its URL."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$", var.deno_app))
    error_message = "deno_app must be a slug of lower-case letters, digits and hyphens: a wildcard would admit other apps."
  }
}

variable "deno_contexts" {
  description = "The contexts of the app that can assume the role, spelled as in its tokens: production, in lower case. With any other context, code of a branch can write to the lake."
  type        = set(string)
  nullable    = false
  default     = ["production"]

  validation {
    condition     = length(var.deno_contexts) > 0 && alltrue([for context in var.deno_contexts : can(regex("^[A-Za-z0-9]([A-Za-z0-9_-]{0,61}[A-Za-z0-9])?$", context))])
    error_message = "deno_contexts must name at least one context, by letters, digits, hyphens and underscores: a wildcard would admit every branch."
  }
}

variable "create_oidc_provider" {
  description = "Create the account's OIDC provider for Deno Deploy. An account can have only one: set false if another installation has created it."
  type        = bool
  nullable    = false
  default     = true
}

# --- The dashboard ---

variable "dashboard" {
  description = "Serve the dashboard, with a password that the deploy task generates. Set false to turn it off: the app then cannot read its secrets."
  type        = bool
  nullable    = false
  default     = true
}

variable "dashboard_url" {
  description = "The public address of the dashboard, for links in mails: https://HOST. null: the app's address on Deno Deploy."
  type        = string
  default     = null

  validation {
    condition     = var.dashboard_url == null ? true : can(regex("^https://[a-z0-9.-]+(:[0-9]+)?$", var.dashboard_url))
    error_message = "dashboard_url must be https://HOST, in lower case and without a path, or null."
  }
}

# --- Alerts ---

variable "alert_sender" {
  description = "The sender of alert mails. SES must be able to verify it, or its domain."
  type        = string
  nullable    = false

  validation {
    condition     = alltrue([for form in local.mail_address : can(regex(form, var.alert_sender))])
    error_message = "alert_sender must be an email address."
  }
}

variable "verify_sender_domain" {
  description = "Verify the sender's domain with the DKIM records of the output mail_dns_records, instead of the address with a mailed link. Mails then pass spam filters."
  type        = bool
  nullable    = false
  default     = false
}

variable "alert_recipients" {
  description = "The recipients of alert mails. Each also gets a subscription to the alarms, which must be confirmed once."
  type        = set(string)
  nullable    = false

  validation {
    condition     = length(var.alert_recipients) > 0 && length(var.alert_recipients) <= 10 && alltrue([for pair in setproduct(local.mail_address, var.alert_recipients) : can(regex(pair[0], pair[1]))])
    error_message = "alert_recipients must be 1 to 10 email addresses: alarms need a recipient, and a budget accepts 10 at most."
  }
}

variable "create_mail_identities" {
  description = "Have SES verify the sender and, in the sandbox, the recipients. Identities belong to the account and region: set false if they are already verified there, by another installation or by hand. Then none is created or destroyed."
  type        = bool
  nullable    = false
  default     = true
}

variable "mail_sandbox" {
  description = "The account's SES is still in the sandbox, as every new one is: recipients must be verified as well, and each is mailed a link. Set false when AWS has granted production access."
  type        = bool
  nullable    = false
  default     = true
}

variable "metric_namespace" {
  description = "The CloudWatch namespace the pipeline writes its metrics to. A second installation in the account needs its own."
  type        = string
  nullable    = false
  default     = "Totesys/ETL"

  validation {
    condition     = can(regex("^[A-Za-z0-9._/#-]{1,255}$", var.metric_namespace)) && !startswith(lower(var.metric_namespace), "aws/")
    error_message = "metric_namespace must be 1 to 255 letters, digits and ._/#-, and not begin with AWS/."
  }
}

variable "freshness_alarm_seconds" {
  description = "Seconds that the warehouse can be behind the source before the alarm. Ticks run every 60 seconds by default; slower ticks need more."
  type        = number
  nullable    = false
  default     = 300

  validation {
    condition     = var.freshness_alarm_seconds >= 60 && var.freshness_alarm_seconds <= 86400
    error_message = "freshness_alarm_seconds must be from 60 to 86400: ticks run every 60 seconds at most."
  }
}

variable "monthly_budget_usd" {
  description = "The account's budget for a month, in US dollars. Recipients get a mail at 80 and 100 percent, and when the forecast of AWS exceeds it. It covers the whole account, including costs that credits pay. null: no budget."
  type        = number
  default     = null

  validation {
    condition     = var.monthly_budget_usd == null ? true : var.monthly_budget_usd >= 1 && can(regex("^[0-9]+([.][0-9]{1,2})?$", tostring(var.monthly_budget_usd)))
    error_message = "monthly_budget_usd must be at least 1, with at most two decimals, or null."
  }
}

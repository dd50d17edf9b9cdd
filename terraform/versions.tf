terraform {
  # 1.11 locks the state with conditional writes, and has mock providers for tests.
  required_version = ">= 1.11.0"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.100"
    }
  }

  # The owner chooses where the state is stored:
  #   terraform init -backend-config=bucket=… -backend-config=key=… -backend-config=region=…
  # The state contains no secret, because Terraform never gets one (see secrets.tf).
  backend "s3" {
    encrypt      = true
    use_lockfile = true
  }
}

provider "aws" {
  region = var.region

  default_tags {
    tags = merge({ Application = var.name, ManagedBy = "terraform" }, var.tags)
  }
}

data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

terraform {
  # 1.11: a backend that locks its state with conditional writes, and mock providers in tests.
  required_version = ">= 1.11.0"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.100"
    }
  }

  # Where the state lives is nobody's business but the owner's:
  #   terraform init -backend-config=bucket=… -backend-config=key=… -backend-config=region=…
  # It holds no secret: no value of a secret is ever given to Terraform (see secrets.tf).
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

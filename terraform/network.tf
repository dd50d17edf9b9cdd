# The warehouse's own network. The default VPC would do in many accounts and is missing in others.

data "aws_availability_zones" "available" {
  state = "available"

  filter {
    name   = "opt-in-status"
    values = ["opt-in-not-required"]
  }
}

locals {
  # RDS asks for subnets in two zones, with or without a standby.
  subnet_zones = slice(sort(data.aws_availability_zones.available.names), 0, 2)
}

# Remembers what the network was made with.
resource "terraform_data" "vpc_cidr" {
  input = var.vpc_cidr

  lifecycle {
    ignore_changes = [input]
  }
}

resource "aws_vpc" "warehouse" {
  cidr_block = var.vpc_cidr
  # A public database's name resolves only with both.
  enable_dns_support   = true
  enable_dns_hostnames = true

  tags = { Name = "${var.name}-warehouse" }

  lifecycle {
    # The warehouse would stand in the way, after half of the network has been made anew.
    precondition {
      condition     = var.vpc_cidr == terraform_data.vpc_cidr.output
      error_message = "vpc_cidr must stay ${terraform_data.vpc_cidr.output}: the warehouse is in that network."
    }
  }
}

resource "aws_subnet" "warehouse" {
  count             = 2
  vpc_id            = aws_vpc.warehouse.id
  cidr_block        = cidrsubnet(var.vpc_cidr, 4, count.index)
  availability_zone = local.subnet_zones[count.index]

  tags = { Name = "${var.name}-warehouse-${count.index + 1}" }

  lifecycle {
    # AWS may stop offering a zone; what is in it stays, and so does its subnet.
    ignore_changes = [availability_zone]
  }
}

resource "aws_db_subnet_group" "warehouse" {
  name        = "${var.name}-warehouse"
  description = "Where the ${var.name} warehouse may be"
  subnet_ids  = aws_subnet.warehouse[*].id
}

resource "aws_internet_gateway" "warehouse" {
  count  = var.warehouse_public ? 1 : 0
  vpc_id = aws_vpc.warehouse.id

  tags = { Name = "${var.name}-warehouse" }
}

resource "aws_route_table" "warehouse" {
  count  = var.warehouse_public ? 1 : 0
  vpc_id = aws_vpc.warehouse.id

  route {
    cidr_block = "0.0.0.0/0"
    gateway_id = aws_internet_gateway.warehouse[0].id
  }

  tags = { Name = "${var.name}-warehouse" }
}

resource "aws_route_table_association" "warehouse" {
  count          = var.warehouse_public ? 2 : 0
  subnet_id      = aws_subnet.warehouse[count.index].id
  route_table_id = aws_route_table.warehouse[0].id
}

# Whatever is put into this VPC without a group of its own gets this one, which lets nothing
# through.
resource "aws_default_security_group" "closed" {
  vpc_id = aws_vpc.warehouse.id
}

resource "aws_security_group" "warehouse" {
  name        = "${var.name}-warehouse"
  description = "Who may open connections to the ${var.name} warehouse"
  vpc_id      = aws_vpc.warehouse.id

  tags = { Name = "${var.name}-warehouse" }
}

# In only: the database opens no connections of its own.
resource "aws_vpc_security_group_ingress_rule" "postgres" {
  for_each          = toset(var.warehouse_allowed_cidrs)
  security_group_id = aws_security_group.warehouse.id
  description       = "PostgreSQL"
  cidr_ipv4         = each.value
  ip_protocol       = "tcp"
  from_port         = 5432
  to_port           = 5432
}

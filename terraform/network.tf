# The warehouse's own network, because some accounts have no default VPC.

data "aws_availability_zones" "available" {
  state = "available"

  filter {
    name   = "opt-in-status"
    values = ["opt-in-not-required"]
  }
}

locals {
  # RDS requires subnets in two zones, with or without a standby.
  subnet_zones = slice(sort(data.aws_availability_zones.available.names), 0, 2)
}

# Stores the address range that the network was created with.
resource "terraform_data" "vpc_cidr" {
  input = var.vpc_cidr

  lifecycle {
    ignore_changes = [input]
  }
}

resource "aws_vpc" "warehouse" {
  cidr_block = var.vpc_cidr
  # The name of a public database resolves only with both.
  enable_dns_support   = true
  enable_dns_hostnames = true

  tags = { Name = "${var.name}-warehouse" }

  lifecycle {
    # Otherwise the apply would fail halfway, because the warehouse blocks replacing the network.
    precondition {
      condition     = var.vpc_cidr == terraform_data.vpc_cidr.output
      error_message = "vpc_cidr must stay ${terraform_data.vpc_cidr.output}: the network of an existing warehouse cannot change."
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
    # AWS can stop offering a zone. Existing subnets stay in it.
    ignore_changes = [availability_zone]
  }
}

resource "aws_db_subnet_group" "warehouse" {
  name        = "${var.name}-warehouse"
  description = "Subnets of the ${var.name} warehouse"
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

# The default security group allows no traffic.
resource "aws_default_security_group" "closed" {
  vpc_id = aws_vpc.warehouse.id
}

resource "aws_security_group" "warehouse" {
  name        = "${var.name}-warehouse"
  description = "Connections to the ${var.name} warehouse"
  vpc_id      = aws_vpc.warehouse.id

  tags = { Name = "${var.name}-warehouse" }

  lifecycle {
    # AWS cannot change the description, and replacing the group of a warehouse fails.
    ignore_changes = [description]
  }
}

# Inbound only: the database opens no connections.
resource "aws_vpc_security_group_ingress_rule" "postgres" {
  for_each          = toset(var.warehouse_allowed_cidrs)
  security_group_id = aws_security_group.warehouse.id
  description       = "PostgreSQL"
  cidr_ipv4         = each.value
  ip_protocol       = "tcp"
  from_port         = 5432
  to_port           = 5432
}

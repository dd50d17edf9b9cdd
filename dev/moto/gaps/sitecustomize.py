"""What Terraform's AWS provider asks for and moto lacks. Python loads this file by its name."""

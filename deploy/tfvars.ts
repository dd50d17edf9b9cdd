/**
 * Reads terraform.tfvars before Terraform runs.
 *
 * @module
 */

/** Returns the value of a string variable, or undefined. */
export function textVariable(tfvars: string, name: string): string | undefined {
  return new RegExp(`^\\s*${name}\\s*=\\s*"([^"]*)"`, "m").exec(tfvars)?.[1];
}

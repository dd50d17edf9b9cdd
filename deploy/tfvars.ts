/**
 * What a terraform.tfvars says before Terraform itself can be asked.
 *
 * @module
 */

/** The value of a variable that is a text: undefined when it is not given as one. */
export function textVariable(tfvars: string, name: string): string | undefined {
  return new RegExp(`^\\s*${name}\\s*=\\s*"([^"]*)"`, "m").exec(tfvars)?.[1];
}

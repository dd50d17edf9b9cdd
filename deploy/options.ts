/**
 * What `deno task deploy` is told on its command line.
 *
 * @module
 */
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { MODULE } from "./terraform.ts";

/** What to do, and where. */
export interface DeployOptions {
  /** Show what would be done, and do nothing. */
  readonly plan: boolean;
  /** Ask nothing. */
  readonly yes: boolean;
  /** Give every role a new password. */
  readonly rotate: boolean;
  /** The folder of the Terraform module and its terraform.tfvars. */
  readonly module: string;
}

/** How it is called. */
export const USAGE = `usage: deno task deploy [--plan] [--yes] [--rotate] [--terraform DIR]

  --plan           show what would be done, and do nothing
  --yes            do not ask: for machines
  --rotate         give the database roles new passwords
  --terraform DIR  the module and its terraform.tfvars, if it is not terraform/

environment
  DENO_DEPLOY_TOKEN  from console.deno.com/account/tokens
  AWS_…              credentials, as every AWS tool takes them
  SOURCE_ADMIN_URL   the source, as somebody who may make a role that reads it
  SOURCE_URL         or the source, as a role that reads it already; neither later on
  EXTRACT_SCHEDULE   and the other settings of the crons, but for mails and the metric, which
                     Terraform knows: set in the app if set here

docs/deploy.md says it step by step. Exit codes: 0 done, 1 failed,
2 bad usage, 130 interrupted.`;

/**
 * Reads the arguments; undefined when help was asked for.
 *
 * @throws {TypeError} when one is unknown or lacks its value.
 */
export function readOptions(args: string[]): DeployOptions | undefined {
  const { values } = parseArgs({
    args,
    options: {
      plan: { type: "boolean", default: false },
      yes: { type: "boolean", default: false },
      rotate: { type: "boolean", default: false },
      terraform: { type: "string", default: MODULE },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) return undefined;
  const { plan, yes, rotate, terraform } = values;
  return { plan, yes, rotate, module: resolve(terraform) };
}

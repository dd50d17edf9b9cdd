/**
 * The command line of `deno task deploy`.
 *
 * @module
 */
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import type { Setting } from "../functions/settings/setting.ts";
import { SETTINGS } from "../functions/settings/table.ts";
import { APP_SETTINGS } from "./settings.ts";
import { MODULE } from "./terraform.ts";

/** The options of a deployment. */
export interface DeployOptions {
  /** Show the changes without making them. */
  readonly plan: boolean;
  /** Do not ask for confirmation. */
  readonly yes: boolean;
  /** Give every role a new password. */
  readonly rotate: boolean;
  /** The folder of the Terraform module and its terraform.tfvars. */
  readonly module: string;
}

/** The text of `--help`. */
export const USAGE =
  `Deploys the pipeline to AWS and Deno Deploy. Run again, it changes only what differs.

usage: deno task deploy [--plan] [--yes] [--rotate] [--terraform DIR]

  --plan           show the changes without making them
  --yes            do not ask for confirmation
  --rotate         give the database roles new passwords
  --terraform DIR  the folder of the module and its terraform.tfvars (default: terraform/)

environment
  DENO_DEPLOY_TOKEN  a token from console.deno.com/account/tokens
  AWS_…              credentials, as for every AWS tool
  SOURCE_ADMIN_URL   the source's URL, with a role that can create roles
  SOURCE_URL         or the source's URL, with a role that can read its tables; only the first
                     deployment requires one of the two

settings of the app, which are copied from the environment if they are set there
${
    APP_SETTINGS.map((name) => {
      const { what, default: value }: Setting = SETTINGS[name];
      return `  ${name}\n      ${what} (default: ${value})`;
    }).join("\n")
  }

Guide: docs/cloud.md. Exit codes: 0 done, 1 failed, 2 bad usage, 130 interrupted.`;

/**
 * Returns the options, or undefined when help is asked for.
 *
 * @throws {TypeError} when an argument is unknown or has no value.
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

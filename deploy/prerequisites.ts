/**
 * Checks the prerequisites of a deployment. All problems are reported at once, each with its remedy.
 *
 * @module
 */
import { join } from "node:path";
import { remedyText } from "../functions/remedy.ts";
import { type Environment, parseSetting } from "../functions/settings/read.ts";
import { SETTINGS } from "../functions/settings/table.ts";
import { ConfigurationError, EtlError } from "../sdk/errors.ts";
import { connect } from "../sdk/postgres/connection.ts";
import { wrapError } from "../sdk/postgres/wrap_error.ts";
import { environmentFor, runCommand } from "./command.ts";
import { exists } from "./files.ts";
import { BACKEND_FILE } from "./terraform.ts";
import { failureOf, runDeno, WHOAMI } from "./platform.ts";
import { settingsProblem } from "./settings.ts";
import { textVariable } from "./tfvars.ts";
import { isLocal } from "./urls.ts";
import { checkCredentials, openSecretsClient } from "./secrets_client.ts";

const TERRAFORM = [1, 11] as const;

/** This version passes every argument of `deno deploy` twice. */
const BROKEN_DENO = "2.9.6";

/** The region for STS when terraform.tfvars has none. */
const ANY_REGION = "us-east-1";

/** Returns the problems; none when all prerequisites are met. */
export async function findProblems(module: string, environment: Environment): Promise<string[]> {
  const tfvars = await readText(join(module, "terraform.tfvars"));
  const problems = await Promise.all([
    platformProblems(module, environment),
    terraformProblem(module),
    tfvars === null ? `${join(module, "terraform.tfvars")} is missing. ${TFVARS_ADVICE}` : null,
    backendProblem(module),
    cloudProblems(tfvars ?? "", environment),
    sourceUrlProblem(environment) ?? sourceProblem(environment),
    settingsProblem(environment),
  ]);
  return problems.flat().filter((problem) => problem !== null);
}

const TFVARS_ADVICE = "Copy the one in docs/cloud.md";

/** Returns why this version of Deno cannot deploy, or null. A `specifier` replaces `deno deploy`. */
export function denoProblem(version: string, specifier?: string): string | null {
  if (version !== BROKEN_DENO || specifier) return null;
  return `Deno ${BROKEN_DENO} passes the arguments of deno deploy twice ` +
    "(https://github.com/denoland/deno/pull/36722). Use 2.9.5 or a later version: deno upgrade 2.9.5";
}

/** Returns why the version that `terraform version -json` printed is unusable, or null. */
export function terraformVersionProblem(printed: string): string | null {
  const { terraform_version: version } = JSON.parse(printed) as { terraform_version: string };
  const [major, minor] = version.split(".").map(Number);
  const isEnough = major > TERRAFORM[0] || major === TERRAFORM[0] && minor >= TERRAFORM[1];
  return isEnough
    ? null
    : `Terraform ${version} is too old. Install ${TERRAFORM.join(".")} or later`;
}

async function terraformProblem(module: string): Promise<string | null> {
  try {
    const env = { ...environmentFor(/^TF_/), CHECKPOINT_DISABLE: "1" };
    const cwd = await exists(module) ? module : Deno.cwd();
    const { code, stdout, stderr } = await runCommand("terraform", ["version", "-json"], {
      cwd,
      env,
    });
    return code === 0
      ? terraformVersionProblem(stdout)
      : `Terraform fails to start: ${stderr.trim()}`;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    return "Terraform is not installed. Install it: https://developer.hashicorp.com/terraform/install";
  }
}

async function backendProblem(module: string): Promise<string | null> {
  const versions = await readText(join(module, "versions.tf")) ?? "";
  // The backend can also be configured by this variable.
  if (!versions.includes('backend "s3"') || Deno.env.get("TF_CLI_ARGS_init")) return null;
  if (await exists(join(module, BACKEND_FILE))) return null;
  return `${join(module, BACKEND_FILE)} is missing. ` +
    "It configures where Terraform stores its state. Create it and its bucket: docs/cloud.md";
}

/** Checks the credentials first, because reading the secret needs them. */
async function cloudProblems(tfvars: string, environment: Environment): Promise<string[]> {
  const { isSet } = readSource(environment);
  const region = textVariable(tfvars, "region");
  try {
    await checkCredentials(region ?? ANY_REGION);
  } catch (error) {
    const source = `the source is unknown, unless its secret holds it. ${SOURCE_ADVICE}`;
    return [credentialsProblem(error as Error), ...isSet ? [] : [source]];
  }
  // A region set elsewhere, for example by TF_VAR_region, is only known to Terraform.
  if (isSet || region === undefined) return [];
  using client = await openSecretsClient(region);
  const secret = `${textVariable(tfvars, "name") ?? "totesys"}/source`;
  // A secret that cannot be read is not empty. Reading it later reports the reason.
  const isEmpty = await client.read(secret).then((value) => !value, () => false);
  return isEmpty ? [`the source is unknown: the secret ${secret} is empty. ${SOURCE_ADVICE}`] : [];
}

function credentialsProblem({ name, message }: Error): string {
  return `AWS rejected the credentials (${name}: ${message.split("\n")[0]}). ` +
    "Set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, then check them: " +
    "aws sts get-caller-identity. For a profile with credential_process: " +
    'eval "$(aws configure export-credentials --format env)"';
}

/** How to name the source. */
export const SOURCE_ADVICE =
  "Set SOURCE_ADMIN_URL (a role that can create roles there) or SOURCE_URL " +
  "(a role that can read its tables)";

/** Checks what `deno deploy` needs: a working version of Deno and a valid token. */
async function platformProblems(module: string, environment: Environment): Promise<string[]> {
  const cwd = await exists(module) ? module : Deno.cwd();
  const deno = await denoOnPath(cwd);
  const problem = deno === null
    ? "no working deno on the PATH. Install it: https://docs.deno.com/runtime"
    : denoProblem(deno, environment("DENO_DEPLOY_CLI_SPECIFIER"));
  const missingToken = environment("DENO_DEPLOY_TOKEN")
    ? null
    : "DENO_DEPLOY_TOKEN is not set. Create a token at https://console.deno.com/account/tokens";
  const problems = [problem, missingToken].filter((found) => found !== null);
  return problems.length > 0 ? problems : await tokenProblems(cwd);
}

/** Returns the version of the `deno` on the PATH, which can differ from this one; null when none runs. */
async function denoOnPath(cwd: string): Promise<string | null> {
  try {
    const { code, stdout } = await runDeno(["--version"], cwd);
    return code === 0 ? /^deno (\S+)/.exec(stdout)?.[1] ?? null : null;
  } catch (error) {
    const { NotFound, PermissionDenied } = Deno.errors;
    if (error instanceof NotFound || error instanceof PermissionDenied) return null;
    throw error;
  }
}

async function tokenProblems(cwd: string): Promise<string[]> {
  const output = await runDeno(WHOAMI, cwd);
  if (output.code === 0) return [];
  const { message, next } = failureOf(WHOAMI, output);
  return [`${message.replace(/\.$/, "")}. next: ${remedyText(next!)}`];
}

/** Returns the source's URL in the environment. */
export function readSource(environment: Environment): {
  readonly admin?: string;
  readonly reader?: string;
  readonly isSet: boolean;
} {
  const reader = environment("SOURCE_URL");
  const urls = {
    admin: environment("SOURCE_ADMIN_URL") || undefined,
    // For the command line it can be a reference to the secret that the deployment fills.
    reader: reader?.startsWith("secretsmanager:") ? undefined : reader || undefined,
  };
  return { ...urls, isSet: Boolean(urls.admin ?? urls.reader) };
}

/** Returns why the source's URL is invalid, or null. */
export function sourceUrlProblem(environment: Environment): string | null {
  const { admin, reader } = readSource(environment);
  try {
    if (admin) parseSetting("SOURCE_ADMIN_URL", ADMIN_SETTING, admin);
    else if (reader) parseSetting("SOURCE_URL", SETTINGS.SOURCE_URL, reader);
    return null;
  } catch (error) {
    if (error instanceof ConfigurationError) return error.message;
    throw error;
  }
}

const ADMIN_SETTING = {
  ...SETTINGS.SOURCE_URL,
  what: "the source's URL with a role that can create roles there",
  example: "postgres://owner:secret@db.example.com:5432/totesys",
};

/** Connects to the source as its administrator, to fail before anything is created. */
async function sourceProblem(environment: Environment): Promise<string | null> {
  const { admin, reader } = readSource(environment);
  if (!admin) {
    return reader && isLocal(reader)
      ? "SOURCE_URL is on this machine, which the crons cannot reach. Use the source's public host name"
      : null;
  }
  await using source = connect(admin);
  try {
    await source.query("SELECT").catch(
      wrapError(EtlError, "cannot connect to SOURCE_ADMIN_URL", {}),
    );
    return null;
  } catch (error) {
    if (!(error instanceof EtlError)) throw error;
    return [error.message, error.next && remedyText(error.next)].filter(Boolean).join(". next: ");
  }
}

/** Returns the error that lists the problems. */
export function prerequisitesError(problems: readonly string[]): ConfigurationError {
  const list = problems.map((problem) => `- ${problem.replaceAll("\n", "\n  ")}`).join("\n");
  return new ConfigurationError(`some prerequisites are not met\n${list}`, {
    stage: "prerequisites",
    next: "fix these, then run deno task deploy again",
  });
}

async function readText(path: string): Promise<string | null> {
  return await Deno.readTextFile(path).catch(() => null);
}

/**
 * What must be there before anything is done. Everything that is missing is named at once, with what to
 * do about it.
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
import { BACKEND_FILE } from "./infrastructure.ts";
import { failureOf, runDeno, WHO } from "./platform.ts";
import { settingsProblem } from "./settings.ts";
import { textVariable } from "./tfvars.ts";
import { isHere } from "./urls.ts";
import { checkCredentials, openVault } from "./secrets_client.ts";

const TERRAFORM = [1, 11] as const;

/** This version passes every argument of `deno deploy` on twice. */
const BROKEN_DENO = "2.9.6";

/** Where STS is asked when the settings do not say. */
const ANY_REGION = "us-east-1";

/** Finds out what is missing. An empty list: everything is there. */
export async function findProblems(module: string, environment: Environment): Promise<string[]> {
  const tfvars = await readText(join(module, "terraform.tfvars"));
  const problems = await Promise.all([
    platformProblems(module, environment),
    terraformProblem(module),
    tfvars === null ? `${join(module, "terraform.tfvars")} is not there. ${TFVARS_ADVICE}` : null,
    backendProblem(module),
    cloudProblems(tfvars ?? "", environment),
    sourceUrlProblem(environment) ?? sourceProblem(environment),
    settingsProblem(environment),
  ]);
  return problems.flat().filter((problem) => problem !== null);
}

const TFVARS_ADVICE = "docs/deploy.md has one to copy";

/** What is wrong with this version of Deno. Whoever names another `deno deploy` answers for it. */
export function denoProblem(version: string, specifier?: string): string | null {
  if (version !== BROKEN_DENO || specifier) return null;
  return `Deno ${BROKEN_DENO} passes the arguments of deno deploy on twice ` +
    "(https://github.com/denoland/deno/pull/36722). Take another: deno upgrade 2.9.5, or a later one";
}

/** What is wrong with what `terraform version -json` says. */
export function terraformVersionProblem(printed: string): string | null {
  const { terraform_version: version } = JSON.parse(printed) as { terraform_version: string };
  const [major, minor] = version.split(".").map(Number);
  const isEnough = major > TERRAFORM[0] || major === TERRAFORM[0] && minor >= TERRAFORM[1];
  return isEnough
    ? null
    : `Terraform ${version} is too old. It must be ${TERRAFORM.join(".")} or later`;
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
      : `Terraform does not run: ${stderr.trim()}`;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    return "Terraform is not installed. https://developer.hashicorp.com/terraform/install";
  }
}

async function backendProblem(module: string): Promise<string | null> {
  const versions = await readText(join(module, "versions.tf")) ?? "";
  // The one who runs Terraform by hand may have said it so.
  if (!versions.includes('backend "s3"') || Deno.env.get("TF_CLI_ARGS_init")) return null;
  if (await exists(join(module, BACKEND_FILE))) return null;
  return `${join(module, BACKEND_FILE)} is not there. ` +
    "It says where Terraform keeps its state: docs/deploy.md has one to copy, and makes the bucket";
}

/** Credentials first: without them nothing can be said of the secret. */
async function cloudProblems(tfvars: string, environment: Environment): Promise<string[]> {
  const { isGiven } = givenSource(environment);
  const region = textVariable(tfvars, "region");
  try {
    await checkCredentials(region ?? ANY_REGION);
  } catch (error) {
    const source = `the source is not known, unless its secret holds it. ${SOURCE_ADVICE}`;
    return [credentialsProblem(error as Error), ...isGiven ? [] : [source]];
  }
  // What is set elsewhere, by TF_VAR_region perhaps, only Terraform knows.
  if (isGiven || region === undefined) return [];
  using vault = await openVault(region);
  const secret = `${textVariable(tfvars, "name") ?? "totesys"}/source`;
  // A secret that may not be read is not empty: what reads it later says why.
  const isEmpty = await vault.read(secret).then((value) => !value, () => false);
  return isEmpty
    ? [`the source is not known: the secret ${secret} is empty. ${SOURCE_ADVICE}`]
    : [];
}

function credentialsProblem({ name, message }: Error): string {
  return `AWS does not accept the credentials (${name}: ${message.split("\n")[0]}). ` +
    "Set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; then: " +
    "aws sts get-caller-identity. Of a profile with credential_process: " +
    'eval "$(aws configure export-credentials --format env)"';
}

/** How the source is told. */
export const SOURCE_ADVICE =
  "Set SOURCE_ADMIN_URL (a role that may make roles there) or SOURCE_URL " +
  "(a role that may read its tables)";

/** What `deno deploy` cannot do without: a Deno that can, and a token that it takes. */
async function platformProblems(module: string, environment: Environment): Promise<string[]> {
  const cwd = await exists(module) ? module : Deno.cwd();
  const deno = await denoOnPath(cwd);
  const problem = deno === null
    ? "no deno on the PATH runs, and deno deploy needs one. https://docs.deno.com/runtime"
    : denoProblem(deno, environment("DENO_DEPLOY_CLI_SPECIFIER"));
  const missingToken = environment("DENO_DEPLOY_TOKEN")
    ? null
    : "DENO_DEPLOY_TOKEN is not set. Make one at https://console.deno.com/account/tokens";
  const problems = [problem, missingToken].filter((found) => found !== null);
  return problems.length > 0 ? problems : await tokenProblems(cwd);
}

/** The version of the Deno that will be run, which need not be this one; null when none does. */
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
  const output = await runDeno(WHO, cwd);
  if (output.code === 0) return [];
  const { message, next } = failureOf(WHO, output);
  return [`${message.replace(/\.$/, "")}. ${next}`];
}

/** The source's URL, as it was given. */
export function givenSource(environment: Environment): {
  readonly admin?: string;
  readonly reader?: string;
  readonly isGiven: boolean;
} {
  const reader = environment("SOURCE_URL");
  const given = {
    admin: environment("SOURCE_ADMIN_URL") || undefined,
    // For the command line it may name the secret that this fills.
    reader: reader?.startsWith("secretsmanager:") ? undefined : reader || undefined,
  };
  return { ...given, isGiven: Boolean(given.admin ?? given.reader) };
}

/** What is wrong with the source's URL. */
export function sourceUrlProblem(environment: Environment): string | null {
  const { admin, reader } = givenSource(environment);
  const source = admin ?? reader;
  if (source === undefined) return null;
  const name = admin ? "SOURCE_ADMIN_URL" : "SOURCE_URL";
  try {
    parseSetting(name, SETTINGS.SOURCE_URL, source);
    return null;
  } catch (error) {
    if (error instanceof ConfigurationError) return error.message;
    throw error;
  }
}

/** Whether the source lets its administrator in: better known before there is a warehouse. */
async function sourceProblem(environment: Environment): Promise<string | null> {
  const { admin, reader } = givenSource(environment);
  if (!admin) {
    return reader && isHere(reader)
      ? "SOURCE_URL is on this machine, where the crons are not"
      : null;
  }
  await using source = connect(admin);
  try {
    await source.query("SELECT").catch(wrapError(EtlError, "SOURCE_ADMIN_URL does not open", {}));
    return null;
  } catch (error) {
    if (!(error instanceof EtlError)) throw error;
    return [error.message, error.next && remedyText(error.next)].filter(Boolean).join(". ");
  }
}

/** All that is missing, as the error that says so. */
export function missing(problems: readonly string[]): ConfigurationError {
  const list = problems.map((problem) => `- ${problem.replaceAll("\n", "\n  ")}`).join("\n");
  return new ConfigurationError(`not everything is there yet\n${list}`, {
    stage: "prerequisites",
    next: "see to these, and run deno task deploy again",
  });
}

async function readText(path: string): Promise<string | null> {
  return await Deno.readTextFile(path).catch(() => null);
}

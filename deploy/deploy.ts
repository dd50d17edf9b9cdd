/**
 * A deployment from start to end: check the prerequisites, run Terraform, then the steps after it.
 *
 * @module
 */
import { join } from "node:path";
import type { Environment } from "../functions/settings/read.ts";
import { EtlError } from "../sdk/errors.ts";
import { wrapError } from "../sdk/postgres/wrap_error.ts";
import { packBundle } from "./bundle.ts";
import { interruption } from "./interruption.ts";
import type { DeployOptions } from "./options.ts";
import { allOutputs, type AppNames, type Outputs, SECRETS } from "./outputs.ts";
import { productionUrl, readVariables, runDenoJson } from "./platform.ts";
import { findProblems, prerequisitesError, readSource, SOURCE_ADVICE } from "./prerequisites.ts";
import type { Redaction } from "./redaction.ts";
import { makeRole, newPassword } from "./roles.ts";
import { openSecretsClient, type SecretsClient } from "./secrets_client.ts";
import { appSettings } from "./settings.ts";
import { checkDashboard, smokeCheck } from "./smoke.ts";
import {
  type AccessStep,
  connectionAdvice,
  type DeploymentState,
  describeStep,
  type NoteStep,
  planSteps,
  roleUrl,
  type Step,
  storedPassword,
  warehouseAddress,
} from "./steps.ts";
import { Terraform } from "./terraform.ts";
import { databaseUrl, displayName, userIn } from "./urls.ts";

/** The terminal of the operator. */
export interface Terminal {
  /** Prints a line. */
  print(line: string): void;
  /** Asks a question, and returns whether the answer is yes. */
  confirm(question: string): Promise<boolean>;
  /** Keeps secrets out of what is printed. */
  readonly redaction: Redaction;
}

/**
 * Deploys, or prints what a deployment would do. Temporary files go into `workspace`, a private folder
 * that the caller removes.
 *
 * @throws {EtlError}
 */
export async function deploy(
  options: DeployOptions,
  environment: Environment,
  terminal: Terminal,
  workspace: string,
): Promise<void> {
  const { admin, reader } = readSource(environment);
  for (const secret of [environment("DENO_DEPLOY_TOKEN"), admin, reader]) {
    terminal.redaction.add(secret);
  }
  const started = new Date();
  const problems = await findProblems(options.module, environment);
  if (problems.length > 0) throw prerequisitesError(problems);
  terminal.print("ok: all prerequisites are met");

  const dir = join(workspace, "app");
  await packBundle(dir);
  const terraform = new Terraform(options.module, join(workspace, "terraform.plan"));
  await terraform.init();
  const plan = await terraform.plan();
  terminal.print(plan.changes ? plan.text : "ok: terraform has no changes");

  const { names, dashboard } = plan;
  const read = (outputs: Partial<Outputs>) =>
    readState({
      names,
      dashboard,
      outputs,
      options,
      environment,
      dir,
      redaction: terminal.redaction,
    });
  const before = await read(plan.outputs);
  requireSource(before);
  const steps = planSteps(before);
  terminal.print(
    ["\nsteps after that:", ...steps.map((step) => `  ${describeStep(step)}`)].join("\n"),
  );
  if (options.plan) return;
  if (!options.yes && !await terminal.confirm("\nContinue?")) {
    throw new EtlError("cancelled; nothing was changed", {
      stage: "deploy",
      next: "deno task deploy --plan",
    });
  }

  if (plan.changes) await terraform.apply(terminal.print);
  const outputs = allOutputs(await terraform.outputs());
  const state = await read(outputs);
  using client = await openSecretsClient(outputs.region);
  await runSteps({ state, outputs, client, dir, options, terminal, started });
}

/** Checks the source once its secret can be read: Terraform knows the secret's name. */
function requireSource({ source, secrets, outputs }: DeploymentState): void {
  const url = source.admin ?? source.reader;
  const warehouse = warehouseAddress(outputs);
  if (url && warehouse && displayName(url) === displayName(databaseUrl(warehouse, "", ""))) {
    throw prerequisitesError([`the source is the warehouse. ${SOURCE_ADVICE}`]);
  }
  if (url ?? secrets.source) return;
  throw prerequisitesError([`the source is unknown: its secret is empty. ${SOURCE_ADVICE}`]);
}

/** The context of a step. */
interface StepContext {
  readonly state: DeploymentState;
  readonly outputs: Outputs;
  readonly client: SecretsClient;
  /** The folder of the bundle. */
  readonly dir: string;
  readonly options: DeployOptions;
  readonly terminal: Terminal;
  /** The start of this deployment. */
  readonly started: Date;
}

async function runSteps(context: StepContext): Promise<void> {
  const { state, terminal } = context;
  let production = "";
  for (const step of planSteps(state)) {
    interruption.throwIfAborted();
    terminal.print(`\n${describeStep(step)}`);
    if (step.kind === "note") continue;
    const result = await runStep(step, context, production);
    if (step.kind === "deploy") production = result;
    terminal.print(`ok: ${result}`);
  }
}

/** Runs a step and returns its result in words; of a deployment, the URL of production. */
async function runStep(
  step: Exclude<Step, NoteStep>,
  context: StepContext,
  production: string,
): Promise<string> {
  const { state, outputs, client, dir, options, terminal, started } = context;
  switch (step.kind) {
    case "access":
      return await grantAccess(step, context);
    case "store":
      if (step.writes) await client.write(outputs.secret_names.source, state.source.reader!);
      return step.writes ? "stored" : "unchanged";
    case "password":
      if (step.writes) await storePassword(context);
      return step.writes ? "stored" : "unchanged";
    case "create":
      await runDenoJson(step.args, dir);
      return "created";
    case "connect":
      return !options.yes && await terminal.confirm("Done?")
        ? "continuing"
        : "do it now: the crons have no access to AWS until then";
    case "variable":
      await runDenoJson(step.args, dir);
      return "set";
    case "deploy":
      return productionUrl(await runDenoJson(step.args, dir));
    case "check":
      return step.path === "/"
        ? `${await checkDashboard(production)} asks for the password, which this prints:\n  ${
          readCommand(outputs)
        }`
        : await smokeCheck(production, { since: started, connection: connectionAdvice(state) });
  }
}

/** Stores a new password of the dashboard, which is never printed. */
async function storePassword({ outputs, client, terminal }: StepContext): Promise<void> {
  const password = newPassword();
  terminal.redaction.add(password);
  await client.write(outputs.secret_names.dashboard_password!, password);
}

/** Returns the command that prints the password of the dashboard. */
function readCommand({ region, secret_names }: Outputs): string {
  return `aws secretsmanager get-secret-value --region ${region} --secret-id ${secret_names.dashboard_password} --query SecretString --output text`;
}

/**
 * Sets the role's password in the database, then stores its URL. If a deployment fails between the two,
 * the secret holds the previous password, and the next deployment sets that one again.
 */
async function grantAccess(step: AccessStep, context: StepContext): Promise<string> {
  const { state, outputs, client, terminal } = context;
  const stored = step.password === "existing" ? storedPassword(step, state) : undefined;
  const password = stored ?? newPassword();
  terminal.redaction.add(password);
  const url = roleUrl(step, state, password);
  const admin = await adminUrl(step, context);
  await makeRole(admin, step.role, password)
    .catch(wrapError(EtlError, `cannot create the role ${step.role.role} in ${step.database}`, {
      stage: "roles",
      next: `check the privileges of ${userIn(admin)} in ${step.database}`,
    }));
  if (!step.writes) return "privileges are up to date";
  await client.write(outputs.secret_names[step.secret], url);
  return `role updated, URL stored in ${outputs.secret_names[step.secret]}`;
}

/** Returns the URL of the step's database for a user who can create roles there. */
async function adminUrl({ secret }: AccessStep, context: StepContext): Promise<string> {
  const { state, outputs, client, terminal } = context;
  if (secret === "source") return state.source.admin!;
  const arn = outputs.warehouse_admin_secret_arn;
  const text = await client.read(arn);
  if (text === undefined) {
    throw new EtlError("the secret of the warehouse's master user is empty", {
      stage: "roles",
      next: `aws secretsmanager describe-secret --secret-id ${arn}`,
    });
  }
  terminal.redaction.add(text);
  const { username, password } = parseMasterSecret(text, arn);
  terminal.redaction.add(password);
  const url = databaseUrl(warehouseAddress(outputs)!, username, password);
  terminal.redaction.add(url);
  return url;
}

/** Returns the credentials in the JSON that RDS writes. The error does not quote it. */
function parseMasterSecret(text: string, arn: string): { username: string; password: string } {
  try {
    const { username, password } = JSON.parse(text);
    if (username && password) return { username, password };
  } catch {
    // The error below covers this as well.
  }
  throw new EtlError("the secret of the warehouse's master user is not the JSON that RDS writes", {
    stage: "roles",
    next: `aws secretsmanager describe-secret --secret-id ${arn}`,
  });
}

/** Reads the secrets and the app's variables. Changes nothing. */
async function readState({ names, dashboard, outputs, options, environment, dir, redaction }: {
  readonly names: AppNames;
  readonly dashboard: boolean;
  readonly outputs: Partial<Outputs>;
  readonly options: DeployOptions;
  readonly environment: Environment;
  readonly dir: string;
  readonly redaction: Redaction;
}): Promise<DeploymentState> {
  const secrets: Record<string, string> = {};
  if (outputs.region && outputs.secret_names) {
    using client = await openSecretsClient(outputs.region);
    for (const name of SECRETS) {
      const secret = outputs.secret_names[name];
      const value = secret && await client.read(secret);
      if (!value) continue;
      redaction.add(value);
      secrets[name] = value;
    }
  }
  return {
    names,
    outputs,
    secrets,
    source: readSource(environment),
    variables: await readVariables(names, dir),
    settings: appSettings(environment),
    rotate: options.rotate,
    dashboard,
  };
}

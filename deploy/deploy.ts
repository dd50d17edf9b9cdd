/**
 * A whole deployment: what must be there, Terraform, and the steps after it.
 *
 * @module
 */
import { join } from "node:path";
import type { Environment } from "../functions/settings/read.ts";
import { EtlError } from "../sdk/errors.ts";
import { wrapError } from "../sdk/postgres/wrap_error.ts";
import { makeRole, newPassword } from "./roles.ts";
import { Infrastructure } from "./infrastructure.ts";
import type { DeployOptions } from "./options.ts";
import { allOutputs, type AppNames, type Outputs, SECRETS } from "./outputs.ts";
import { ask, productionUrl, readVariables } from "./platform.ts";
import { interruption } from "./interruption.ts";
import { findProblems, givenSource, missing, SOURCE_ADVICE } from "./prerequisites.ts";
import type { Redaction } from "./redaction.ts";
import { givenSettings } from "./settings.ts";
import { packShipment } from "./bundle.ts";
import { smokeCheck } from "./smoke.ts";
import {
  type Access,
  accessUrl,
  connection,
  describeStep,
  keptPassword,
  type Note,
  type Situation,
  type Step,
  stepsFor,
  warehousePlace,
} from "./steps.ts";
import { shown, urlOf, userOf } from "./urls.ts";
import { openVault, type SecretsClient } from "./secrets_client.ts";

/** Whom a deployment talks to. */
export interface Console {
  /** Shows a line. */
  say(line: string): void;
  /** Asks, and returns whether the answer was yes; or waits until something is done. */
  confirm(question: string): Promise<boolean>;
  /** Keeps secrets out of what is shown. */
  readonly redaction: Redaction;
}

/**
 * Deploys, or shows what that would mean. Files that are needed on the way are put into `workspace`, a
 * folder that nobody else can read, and that whoever made it removes.
 *
 * @throws {EtlError}
 */
export async function deploy(
  options: DeployOptions,
  environment: Environment,
  talk: Console,
  workspace: string,
): Promise<void> {
  const { admin, reader } = givenSource(environment);
  for (const secret of [environment("DENO_DEPLOY_TOKEN"), admin, reader]) {
    talk.redaction.add(secret);
  }
  const began = new Date();
  const problems = await findProblems(options.module, environment);
  if (problems.length > 0) throw missing(problems);
  talk.say("ok: everything that is needed is there");

  const dir = join(workspace, "app");
  await packShipment(dir);
  const infrastructure = new Infrastructure(options.module, join(workspace, "terraform.plan"));
  await infrastructure.init();
  const plan = await infrastructure.plan();
  talk.say(plan.changes ? plan.text : "ok: terraform has nothing to change");

  const { names } = plan;
  const look = (outputs: Partial<Outputs>) =>
    lookAround({ names, outputs, options, environment, dir, redaction: talk.redaction });
  const before = await look(plan.outputs);
  refuseUnknownSource(before);
  const steps = stepsFor(before);
  talk.say(["\nafter that:", ...steps.map((step) => `  ${describeStep(step)}`)].join("\n"));
  if (options.plan) return;
  if (!options.yes && !await talk.confirm("\nDo all this?")) {
    throw new EtlError("nothing was done", { stage: "deploy", next: "deno task deploy --plan" });
  }

  if (plan.changes) await infrastructure.apply(talk.say);
  const outputs = allOutputs(await infrastructure.outputs());
  const situation = await look(outputs);
  using vault = await openVault(outputs.region);
  const doer = { situation, outputs, vault, dir, options, talk, began };
  let production = "";
  for (const step of stepsFor(situation)) {
    interruption.throwIfAborted();
    talk.say(`\n${describeStep(step)}`);
    if (step.kind === "note") continue;
    const said = await perform(step, doer, production);
    if (step.kind === "deploy") production = said;
    talk.say(`ok: ${said}`);
  }
}

/** What is missing may be in a secret whose name only Terraform knows, and so may what is wrong. */
function refuseUnknownSource({ source, secrets, outputs }: Situation): void {
  const given = source.admin ?? source.reader;
  const warehouse = warehousePlace(outputs);
  if (given && warehouse && shown(given) === shown(urlOf(warehouse, "", ""))) {
    throw missing(["the source that is given is the warehouse. " + SOURCE_ADVICE]);
  }
  if (given ?? secrets.source) return;
  throw missing(["the source is not known: its secret is empty. " + SOURCE_ADVICE]);
}

/** What a step may use. */
interface Doer {
  readonly situation: Situation;
  readonly outputs: Outputs;
  readonly vault: SecretsClient;
  readonly dir: string;
  readonly options: DeployOptions;
  readonly talk: Console;
  /** When this deployment began. */
  readonly began: Date;
}

/** Does a step, and says what came of it: of a deployment, where production is. */
async function perform(
  step: Exclude<Step, Note>,
  doer: Doer,
  production: string,
): Promise<string> {
  const { situation, outputs, vault, dir, options, talk } = doer;
  switch (step.kind) {
    case "access":
      return await grant(step, doer);
    case "keep":
      if (step.writes) await vault.write(outputs.secret_names.source, situation.source.reader!);
      return step.writes ? "written" : "nothing to do";
    case "create":
      await ask(step.args, dir);
      return "made";
    case "connect":
      return !options.yes && await talk.confirm("Done?")
        ? "connected, I am told"
        : "do it now: until then nothing runs";
    case "variable":
      await ask(step.args, dir);
      return "set";
    case "deploy":
      return productionUrl(await ask(step.args, dir));
    case "check":
      return await smokeCheck(production, { since: doer.began, connection: connection(situation) });
  }
}

/**
 * First the database, then the secret: should this end between them, the secret holds the password from
 * before, and the next deployment gives the role that one again.
 */
async function grant(step: Access, doer: Doer): Promise<string> {
  const { situation, outputs, vault, talk } = doer;
  const kept = step.password === "kept" ? keptPassword(step, situation) : undefined;
  const password = kept ?? newPassword();
  talk.redaction.add(password);
  const url = accessUrl(step, situation, password);
  const administrator = await administratorOf(step, doer);
  await makeRole(administrator, step.role, password)
    .catch(wrapError(EtlError, `cannot make the role ${step.role.role} in ${step.database}`, {
      stage: "roles",
      next: `look at the rights of ${userOf(administrator)} there`,
    }));
  if (!step.writes) return "rights are as they should be";
  await vault.write(outputs.secret_names[step.secret], url);
  return `made, and ${outputs.secret_names[step.secret]} written`;
}

/** The database's URL as whoever may make roles there. */
async function administratorOf({ secret }: Access, doer: Doer): Promise<string> {
  const { situation, outputs, vault, talk } = doer;
  if (secret === "source") return situation.source.admin!;
  const kept = await vault.read(outputs.warehouse_admin_secret_arn);
  if (kept === undefined) {
    throw new EtlError("the secret of the warehouse's master is empty", {
      stage: "roles",
      next: `look at ${outputs.warehouse_admin_secret_arn}`,
    });
  }
  talk.redaction.add(kept);
  const { username, password } = masterIn(kept, outputs.warehouse_admin_secret_arn);
  talk.redaction.add(password);
  const url = urlOf(warehousePlace(outputs)!, username, password);
  talk.redaction.add(url);
  return url;
}

/** Who the warehouse's master is, as RDS keeps it. What it keeps stays out of the message. */
function masterIn(kept: string, secret: string): { username: string; password: string } {
  try {
    const { username, password } = JSON.parse(kept);
    if (username && password) return { username, password };
  } catch {
    // The same advice.
  }
  throw new EtlError("the secret of the warehouse's master is not as RDS writes it", {
    stage: "roles",
    next: `look at ${secret}`,
  });
}

/** What the secrets hold and the app knows. Nothing is changed. */
async function lookAround({ names, outputs, options, environment, dir, redaction }: {
  readonly names: AppNames;
  readonly outputs: Partial<Outputs>;
  readonly options: DeployOptions;
  readonly environment: Environment;
  readonly dir: string;
  readonly redaction: Redaction;
}): Promise<Situation> {
  const secrets: Record<string, string> = {};
  if (outputs.region && outputs.secret_names) {
    using vault = await openVault(outputs.region);
    for (const name of SECRETS) {
      const value = await vault.read(outputs.secret_names[name]);
      if (value === undefined) continue;
      redaction.add(value);
      secrets[name] = value;
    }
  }
  return {
    names,
    outputs,
    secrets,
    source: givenSource(environment),
    variables: await readVariables(names, dir),
    settings: givenSettings(environment),
    rotate: options.rotate,
  };
}

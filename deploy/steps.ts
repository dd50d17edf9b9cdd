/**
 * The steps of a deployment after Terraform, planned from the current and the desired state. Planning
 * changes nothing, and no step contains a secret.
 *
 * @module
 */
import type { AppNames, DatabaseSecret, Outputs, SecretName } from "./outputs.ts";
import { addVariable, createApp, deployApp, updateVariable } from "./platform.ts";
import type { Role } from "./roles.ts";
import {
  type DatabaseAddress,
  databaseUrl,
  displayName,
  isLocal,
  passwordIn,
  withUser,
} from "./urls.ts";

/** Gives a role access to a database, and stores its URL in a secret. */
export interface AccessStep {
  readonly kind: "access";
  readonly secret: DatabaseSecret;
  readonly role: Role;
  /** The database's host and name. */
  readonly database: string;
  readonly password: "existing" | "new";
  /** Whether the secret's value changes. */
  readonly writes: boolean;
}

/** Prints something that the operator has to know. */
export interface NoteStep {
  readonly kind: "note";
  readonly text: string;
}

/** One step. */
export type Step =
  | AccessStep
  /** Stores the URL in SOURCE_URL. */
  | {
    readonly kind: "store";
    readonly secret: DatabaseSecret;
    readonly writes: boolean;
    /** The database's host and name. */
    readonly database: string;
  }
  /** Generates the dashboard's password, unless there is one. */
  | { readonly kind: "password"; readonly secret: "dashboard_password"; readonly writes: boolean }
  | { readonly kind: "create"; readonly args: readonly string[] }
  | NoteStep
  /** Asks the operator to connect the app with its role in AWS, once. */
  | { readonly kind: "connect"; readonly what: string }
  | { readonly kind: "variable"; readonly args: readonly string[] }
  | { readonly kind: "deploy"; readonly args: readonly string[] }
  | { readonly kind: "check"; readonly path: "/health" | "/" };

/** The current state, and what the operator wants. */
export interface DeploymentState {
  readonly names: AppNames;
  /** Terraform's outputs; before the first apply, those that are known. */
  readonly outputs: Partial<Outputs>;
  /** The values of the secrets. */
  readonly secrets: Readonly<Partial<Record<SecretName, string>>>;
  /** The source's URL: for a user who can create roles, or for the reader. */
  readonly source: { readonly admin?: string; readonly reader?: string };
  /** The app's variables, null for one that cannot be read; null when there is no app yet. */
  readonly variables: Readonly<Record<string, string | null>> | null;
  /** The settings in the environment of the deployment. */
  readonly settings: Readonly<Record<string, string>>;
  readonly rotate: boolean;
  /** Whether the app serves the dashboard. */
  readonly dashboard: boolean;
}

const LOADER = "loader";
const DASHBOARD = "dashboard";

/** Returns the steps, in order. */
export function planSteps(state: DeploymentState): Step[] {
  const { names, outputs, variables } = state;
  return [
    ...warehouseSteps(state),
    ...sourceSteps(state),
    ...passwordSteps(state),
    ...(variables ? [] : [
      { kind: "create" as const, args: createApp(names, outputs.region ?? "") },
      { kind: "connect" as const, what: connectionAdvice(state) },
    ]),
    ...variableSteps(state),
    { kind: "deploy", args: deployApp(names) },
    { kind: "check", path: "/health" },
    ...(state.dashboard ? [{ kind: "check" as const, path: "/" as const }] : []),
  ];
}

/** Returns where to connect the app with its role in AWS. */
export function connectionAdvice({ names, outputs }: DeploymentState): string {
  const settings = `https://console.deno.com/${names.org}/${names.app}/settings`;
  const role = outputs.role_arn ?? "(known after terraform apply)";
  return `${settings}, cloud connections, AWS, ${role}`;
}

/** Returns the warehouse's address, or null before the apply that creates it. */
export function warehouseAddress(outputs: Partial<Outputs>): DatabaseAddress | null {
  const { warehouse_host: host, warehouse_port: port, warehouse_database: database } = outputs;
  return host && port && database ? { host, port, database } : null;
}

/** Returns the URL to store in a role's secret. */
export function roleUrl({ secret, role }: AccessStep, state: DeploymentState, password: string) {
  if (secret === "source") return withUser(sourceUrl(state, role.role), role.role, password);
  return databaseUrl(warehouseAddress(state.outputs)!, role.role, password);
}

/**
 * Returns the source's URL as the crons reach it. The operator's URL can lead through a tunnel that ends
 * on this machine; then the secret's host is the real one.
 */
function sourceUrl({ source, secrets }: DeploymentState, reader: string): string {
  const [admin, stored] = [source.admin!, secrets.source];
  const isKnown = stored !== undefined && passwordIn(stored, reader) !== undefined &&
    !isLocal(stored);
  return isLocal(admin) && isKnown ? stored : admin;
}

/** Returns the password in a role's secret, if there is one. */
export function storedPassword(
  { secret, role }: AccessStep,
  { secrets }: DeploymentState,
): string | undefined {
  return passwordIn(secrets[secret], role.role);
}

function warehouseSteps(state: DeploymentState): AccessStep[] {
  const address = warehouseAddress(state.outputs);
  const database = address && displayName(databaseUrl(address, "", ""));
  const roles = [
    ["warehouse", { file: "warehouse_loader", role: LOADER }],
    ["dashboard", { file: "warehouse_dashboard", role: DASHBOARD, loader: LOADER }],
  ] as const;
  return roles.map(([secret, role]) => accessStep(state, secret, role, database));
}

function sourceSteps(state: DeploymentState): Step[] {
  const { source: { admin, reader }, secrets, outputs, rotate } = state;
  if (admin) {
    // Several installations can read one source, each with its own role and password.
    const installation = outputs.secret_names?.source.split("/")[0] ?? "totesys";
    const role: Role = { file: "source_reader", role: `${installation}_reader` };
    const step = accessStep(state, "source", role, displayName(admin));
    const isReachable = !isLocal(sourceUrl(state, role.role));
    return isReachable ? [step] : [step, { kind: "note", text: UNREACHABLE }];
  }
  if (reader) {
    const database = displayName(reader);
    return [{ kind: "store", secret: "source", database, writes: secrets.source !== reader }];
  }
  if (!rotate) return [];
  const text = "the source's password does not change: that requires SOURCE_ADMIN_URL";
  return [{ kind: "note", text }];
}

const UNREACHABLE =
  "SOURCE_ADMIN_URL is on this machine, which the crons cannot reach: replace the " +
  "host in the secret source by the source's public host name";

/** Returns the step for a role; `database` is null before the apply that creates the database. */
function accessStep(
  state: DeploymentState,
  secret: DatabaseSecret,
  role: Role,
  database: string | null,
): AccessStep {
  const step: AccessStep = {
    kind: "access",
    secret,
    role,
    database: database ?? "the new warehouse",
    password: "new",
    writes: true,
  };
  const stored = storedPassword(step, state);
  if (stored === undefined || state.rotate || database === null) return step;
  const writes = roleUrl(step, state, stored) !== state.secrets[secret];
  return { ...step, password: "existing", writes };
}

/** A new password ends the sessions of everybody who knew the old one. */
function passwordSteps({ dashboard, secrets, rotate }: DeploymentState): Step[] {
  if (!dashboard) return [];
  const writes = rotate || secrets.dashboard_password === undefined;
  return [{ kind: "password", secret: "dashboard_password", writes }];
}

function variableSteps({ names, outputs, variables, settings }: DeploymentState): Step[] {
  const desired = { ...outputs.app_environment, ...settings };
  return Object.entries(desired).flatMap(([name, value]) => {
    if (!variables || !Object.hasOwn(variables, name)) {
      return [{ kind: "variable" as const, args: addVariable(names, name, value) }];
    }
    if (variables[name] === value) return [];
    return [{ kind: "variable" as const, args: updateVariable(names, name, value) }];
  });
}

/** Returns a step as one line. */
export function describeStep(step: Step): string {
  switch (step.kind) {
    case "access": {
      const { role: { role }, database, password, writes, secret } = step;
      const change = writes ? `store its URL in the secret ${secret}` : "its secret is up to date";
      return `role ${role} in ${database}: ${password} password, ${change}`;
    }
    case "store":
      return step.writes
        ? `store SOURCE_URL (${step.database}) in the secret ${step.secret}`
        : `the secret ${step.secret} already holds SOURCE_URL (${step.database})`;
    case "password":
      return step.writes
        ? `store a new password of the dashboard in the secret ${step.secret}`
        : `the secret ${step.secret} already holds the password of the dashboard`;
    case "note":
      return step.text;
    case "connect":
      return `by hand, once: ${step.what}`;
    case "check":
      return `GET ${step.path} of production`;
    default:
      return commandLine(step.args);
  }
}

function commandLine(args: readonly string[]): string {
  const quote = (word: string) => /^[\w./:@=,-]+$/.test(word) ? word : `'${word}'`;
  return ["deno", ...args].map(quote).join(" ");
}

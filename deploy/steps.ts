/**
 * What a deployment does after Terraform: a list of steps, made from what is there and what should be.
 * Making it changes nothing, and no step holds a secret.
 *
 * @module
 */
import type { Role } from "./roles.ts";
import type { AppNames, Outputs, SecretName } from "./outputs.ts";
import { addVariable, createApp, deployApp, updateVariable } from "./platform.ts";
import { type DatabaseAddress, isHere, passwordOf, shown, urlFor, urlOf } from "./urls.ts";

/** Who may enter a database: a role, and the secret that keeps its URL. */
export interface Access {
  readonly kind: "access";
  readonly secret: SecretName;
  readonly role: Role;
  /** The database as it may be shown. */
  readonly database: string;
  readonly password: "kept" | "new";
  /** Whether the secret will hold something else afterwards. */
  readonly writes: boolean;
}

/** Something that is not done, and why. */
export interface Note {
  readonly kind: "note";
  readonly text: string;
}

/** One thing to do. */
export type Step =
  | Access
  /** Keep the URL that somebody gave. */
  | {
    readonly kind: "keep";
    readonly secret: SecretName;
    readonly writes: boolean;
    /** The database as it may be shown. */
    readonly database: string;
  }
  | { readonly kind: "create"; readonly args: readonly string[] }
  | Note
  /** A person has to connect the app with the role in AWS, once. */
  | { readonly kind: "connect"; readonly what: string }
  | { readonly kind: "variable"; readonly args: readonly string[] }
  | { readonly kind: "deploy"; readonly args: readonly string[] }
  | { readonly kind: "check"; readonly path: "/health" };

/** What is there, and what was asked for. */
export interface Situation {
  readonly names: AppNames;
  /** What Terraform says; less of it before the first apply. */
  readonly outputs: Partial<Outputs>;
  /** What the secrets hold. */
  readonly secrets: Readonly<Partial<Record<SecretName, string>>>;
  /** The source, as somebody who may make roles, or as the reader. */
  readonly source: { readonly admin?: string; readonly reader?: string };
  /** The app's variables, null for one that cannot be read; null when there is no app yet. */
  readonly variables: Readonly<Record<string, string | null>> | null;
  /** Settings of the crons that were given, besides those that Terraform knows. */
  readonly settings: Readonly<Record<string, string>>;
  readonly rotate: boolean;
}

const LOADER = "loader";
const DASHBOARD = "dashboard";

/** Everything that is to be done, in order. */
export function stepsFor(situation: Situation): Step[] {
  const { names, outputs, variables } = situation;
  return [
    ...warehouseSteps(situation),
    ...sourceSteps(situation),
    ...(variables ? [] : [
      { kind: "create" as const, args: createApp(names, outputs.region ?? "") },
      { kind: "connect" as const, what: connection(situation) },
    ]),
    ...variableSteps(situation),
    { kind: "deploy", args: deployApp(names) },
    { kind: "check", path: "/health" },
  ];
}

/** How the app is connected with its role in AWS. */
export function connection({ names, outputs }: Situation): string {
  const settings = `https://console.deno.com/${names.org}/${names.app}/settings`;
  const role = outputs.role_arn ?? "(known after terraform apply)";
  return `${settings}, cloud connections, AWS, ${role}`;
}

/** Where the warehouse is; null while only an apply will tell. */
export function warehousePlace(outputs: Partial<Outputs>): DatabaseAddress | null {
  const { warehouse_host: host, warehouse_port: port, warehouse_database: database } = outputs;
  return host && port && database ? { host, port, database } : null;
}

/** The URL that a role's secret shall hold. */
export function accessUrl({ secret, role }: Access, situation: Situation, password: string) {
  if (secret === "source") return urlFor(sourceAddress(situation, role.role), role.role, password);
  return urlOf(warehousePlace(situation.outputs)!, role.role, password);
}

/**
 * The source as the crons reach it. Whoever makes roles there may come through a tunnel, which ends on
 * this machine: where the source really is, the secret of before knows.
 */
function sourceAddress({ source, secrets }: Situation, reader: string): string {
  const [admin, kept] = [source.admin!, secrets.source];
  const isKnown = kept !== undefined && passwordOf(kept, reader) !== undefined && !isHere(kept);
  return isHere(admin) && isKnown ? kept : admin;
}

/** The password that a role has already, as far as its secret knows. */
export function keptPassword({ secret, role }: Access, { secrets }: Situation): string | undefined {
  return passwordOf(secrets[secret], role.role);
}

function warehouseSteps(situation: Situation): Access[] {
  const place = warehousePlace(situation.outputs);
  const database = place && shown(urlOf(place, "", ""));
  const roles = [
    ["warehouse", { file: "warehouse_loader", role: LOADER }],
    ["dashboard", { file: "warehouse_dashboard", role: DASHBOARD, loader: LOADER }],
  ] as const;
  return roles.map(([secret, role]) => access(situation, secret, role, database));
}

function sourceSteps(situation: Situation): Step[] {
  const { source: { admin, reader }, secrets, outputs, rotate } = situation;
  if (admin) {
    // Of this installation alone: several may read one source, and each has a password of its own.
    const installation = outputs.secret_names?.source.split("/")[0] ?? "totesys";
    const role: Role = { file: "source_reader", role: `${installation}_reader` };
    const made = access(situation, "source", role, shown(admin));
    const isReached = !isHere(sourceAddress(situation, role.role));
    return isReached ? [made] : [made, { kind: "note", text: UNREACHABLE }];
  }
  if (reader) {
    const database = shown(reader);
    return [{ kind: "keep", secret: "source", database, writes: secrets.source !== reader }];
  }
  if (!rotate) return [];
  const text = "the source's password stays: only SOURCE_ADMIN_URL could give its reader another";
  return [{ kind: "note", text }];
}

const UNREACHABLE = "SOURCE_ADMIN_URL is on this machine: unless the crons are too, write the " +
  "source's own address into the secret source, in place of this one";

/** `place` is the database as it may be shown; null for one that only an apply will make. */
function access(
  situation: Situation,
  secret: SecretName,
  role: Role,
  place: string | null,
): Access {
  const database = place ?? "the new warehouse";
  const step: Access = { kind: "access", secret, role, database, password: "new", writes: true };
  const kept = keptPassword(step, situation);
  if (kept === undefined || situation.rotate || place === null) return step;
  const writes = accessUrl(step, situation, kept) !== situation.secrets[secret];
  return { ...step, password: "kept", writes };
}

function variableSteps({ names, outputs, variables, settings }: Situation): Step[] {
  const wanted = { ...outputs.app_environment, ...settings };
  return Object.entries(wanted).flatMap(([name, value]) => {
    if (!variables || !Object.hasOwn(variables, name)) {
      return [{ kind: "variable" as const, args: addVariable(names, name, value) }];
    }
    if (variables[name] === value) return [];
    return [{ kind: "variable" as const, args: updateVariable(names, name, value) }];
  });
}

/** A step in a line. */
export function describeStep(step: Step): string {
  switch (step.kind) {
    case "access": {
      const { role: { role }, database, password, writes, secret } = step;
      const changes = writes ? `its URL into the secret ${secret}` : "its secret as it is";
      return `role ${role} in ${database}: ${password} password, ${changes}`;
    }
    case "keep":
      return step.writes
        ? `the URL in SOURCE_URL, of ${step.database}, into the secret ${step.secret}`
        : `the secret ${step.secret} holds the URL in SOURCE_URL, of ${step.database}, already`;
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
  return ["deno", ...args].map((word) => /^[\w./:@=,-]+$/.test(word) ? word : `'${word}'`).join(
    " ",
  );
}

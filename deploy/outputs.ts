/**
 * The outputs of the Terraform module.
 *
 * @module
 */
import { EtlError } from "../sdk/errors.ts";

/** The secrets that hold database URLs. */
const DATABASE_SECRETS = ["warehouse", "dashboard", "source"] as const;

/** The name of a secret with a database URL, in the module's outputs. */
export type DatabaseSecret = typeof DATABASE_SECRETS[number];

/** The secrets. There is one for the dashboard's password only if the dashboard is on. */
export const SECRETS = [...DATABASE_SECRETS, "dashboard_password"] as const;

/** The name of a secret in the module's outputs. */
export type SecretName = typeof SECRETS[number];

/** The outputs that a deployment needs. */
export interface Outputs {
  readonly region: string;
  /** The app's environment variables. None holds a secret. */
  readonly app_environment: Readonly<Record<string, string>>;
  /** The role of the app's cloud connection. */
  readonly role_arn: string;
  readonly warehouse_host: string;
  readonly warehouse_port: number;
  readonly warehouse_database: string;
  /** The secret in which RDS stores the credentials of the warehouse's master user. */
  readonly warehouse_admin_secret_arn: string;
  readonly secret_names:
    & Readonly<Record<DatabaseSecret, string>>
    & Readonly<Partial<Record<"dashboard_password", string>>>;
}

/** The app's organization and name on Deno Deploy: variables of the module. */
export interface AppNames {
  readonly org: string;
  readonly app: string;
}

/** The names of the outputs. */
export const OUTPUTS = [
  "region",
  "app_environment",
  "role_arn",
  "warehouse_host",
  "warehouse_port",
  "warehouse_database",
  "warehouse_admin_secret_arn",
  "secret_names",
] as const satisfies readonly (keyof Outputs)[];

/** The outputs as Terraform prints them; without a value before the apply that creates it. */
export type PrintedOutputs = Readonly<Record<string, { readonly value?: unknown }>>;

/** Returns the outputs that have a value. */
export function knownOutputs(printed: PrintedOutputs): Partial<Outputs> {
  const known = OUTPUTS.filter((name) => printed[name]?.value != null)
    .map((name) => [name, printed[name].value]);
  return Object.fromEntries(known) as Partial<Outputs>;
}

/** Returns all outputs. @throws {EtlError} when one has no value. */
export function allOutputs(printed: PrintedOutputs): Outputs {
  const known = knownOutputs(printed);
  const missing = OUTPUTS.filter((name) => known[name] === undefined);
  if (missing.length === 0) return known as Outputs;
  throw new EtlError(`Terraform has no output ${missing.join(", ")}`, {
    stage: "terraform",
    next: "update the module's folder to this version of the repository, then deploy again",
  });
}

/**
 * What Terraform says of an installation.
 *
 * @module
 */
import { EtlError } from "../sdk/errors.ts";

/** The secrets that hold databases' URLs. */
export const SECRETS = ["warehouse", "dashboard", "source"] as const;

/** The name of such a secret in the module's outputs. */
export type SecretName = typeof SECRETS[number];

/** The outputs of the module that a deployment needs. */
export interface Outputs {
  readonly region: string;
  /** The app's environment variables. None is a secret. */
  readonly app_environment: Readonly<Record<string, string>>;
  /** What the app's cloud connection asks for. */
  readonly role_arn: string;
  readonly warehouse_host: string;
  readonly warehouse_port: number;
  readonly warehouse_database: string;
  /** Where RDS keeps the name and password of the warehouse's master. */
  readonly warehouse_admin_secret_arn: string;
  readonly secret_names: Readonly<Record<SecretName, string>>;
}

/** Whom the app on Deno Deploy belongs to, and how it is called: variables of the module. */
export interface AppNames {
  readonly org: string;
  readonly app: string;
}

/** The names of the outputs, for whoever checks that the module has them. */
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

/** An output as Terraform prints it; without a value when only an apply will tell. */
export type PrintedOutputs = Readonly<Record<string, { readonly value?: unknown }>>;

/** The outputs that are known. */
export function knownOutputs(printed: PrintedOutputs): Partial<Outputs> {
  const known = OUTPUTS.filter((name) => printed[name]?.value != null)
    .map((name) => [name, printed[name].value]);
  return Object.fromEntries(known) as Partial<Outputs>;
}

/** The outputs, all of them. @throws {EtlError} */
export function allOutputs(printed: PrintedOutputs): Outputs {
  const known = knownOutputs(printed);
  const missing = OUTPUTS.filter((name) => known[name] === undefined);
  if (missing.length === 0) return known as Outputs;
  throw new EtlError(`Terraform does not say: ${missing.join(", ")}`, {
    stage: "terraform",
    next: "terraform output, in its folder; the module may be older than this repository",
  });
}

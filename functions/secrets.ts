/**
 * Addresses of databases that AWS Secrets Manager keeps: `secretsmanager://name`. They are asked for
 * at every run, so that a password that was rotated is known at the next one.
 *
 * @see https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_secret_json_structure.html
 * @module
 */
import { ConfigurationError } from "../sdk/errors.ts";
import { PATIENCE } from "./aws.ts";
import type { Environment } from "./config.ts";

/** The settings that may be kept as secrets. */
export const DATABASES = ["SOURCE_URL", "WAREHOUSE_URL"] as const;

const SCHEME = "secretsmanager://";

/** The environment with the addresses of these settings fetched, if they are kept as secrets. */
export async function withSecrets(
  environment: Environment,
  names: readonly string[],
): Promise<Environment> {
  const fetched = new Map<string, string>();
  for (const name of names) {
    const value = environment(name);
    if (value?.startsWith(SCHEME)) fetched.set(name, await addressIn(name, value));
  }
  return (name) => fetched.get(name) ?? environment(name);
}

/**
 * The environment with stand-ins for what is kept as secrets: to check all settings at the start, when
 * nothing is fetched yet.
 *
 * @throws {ConfigurationError} when a setting names no secret.
 */
export function withStandIns(environment: Environment, names: readonly string[]): Environment {
  const standIns = new Map<string, string>();
  for (const name of names) {
    const value = environment(name);
    if (!value?.startsWith(SCHEME)) continue;
    parse(name, value);
    standIns.set(name, `postgres://secret/${name}`);
  }
  return (name) => standIns.get(name) ?? environment(name);
}

async function addressIn(setting: string, reference: string): Promise<string> {
  const { name, besides } = parse(setting, reference);
  return addressOf(setting, name, await fetchSecret(setting, name), besides);
}

interface Reference {
  /** The secret's name or ARN. */
  readonly name: string;
  /** What the secret does not say, or says otherwise: `host`, `port`, `dbname`. */
  readonly besides: Readonly<Record<string, string>>;
}

function parse(setting: string, reference: string): Reference {
  const [name, query = ""] = reference.slice(SCHEME.length).split(/\?(.*)/s);
  try {
    const decoded = decodeURIComponent(name);
    if (decoded !== "") {
      return { name: decoded, besides: Object.fromEntries(new URLSearchParams(query)) };
    }
  } catch {
    // Falls through to the same advice.
  }
  throw new ConfigurationError(`${setting} names no secret`, {
    stage: "configuration",
    next: `write it as ${SCHEME}totesys/source or ${SCHEME}NAME?host=HOST&dbname=DATABASE`,
  });
}

async function fetchSecret(setting: string, secret: string): Promise<string> {
  const { GetSecretValueCommand, SecretsManagerClient } = await import(
    "@aws-sdk/client-secrets-manager"
  );
  const client = new SecretsManagerClient(PATIENCE);
  try {
    const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId: secret }));
    if (SecretString) return SecretString;
  } catch (cause) {
    const { name, message } = cause as Error;
    const kind = name === "Error" ? message : name;
    throw new ConfigurationError(`${setting}: cannot read the secret ${secret}: ${kind}`, {
      stage: "configuration",
      next: kind === "ResourceNotFoundException"
        ? "check its name, and AWS_REGION"
        : "allow the role secretsmanager:GetSecretValue on it, and check AWS_REGION",
      cause,
    });
  } finally {
    client.destroy();
  }
  throw new ConfigurationError(`${setting}: the secret ${secret} holds no text`, {
    stage: "configuration",
  });
}

/** A secret is a URL, or an object as RDS keeps it: what it says stays out of every message. */
function addressOf(
  setting: string,
  name: string,
  secret: string,
  besides: Readonly<Record<string, string>>,
): string {
  if (/^postgres(ql)?:/.test(secret)) return secret;
  const { username, password, host, port = 5432, dbname, ...rest } = fieldsOf(secret, besides);
  const missing = Object.entries({ username, password, host, dbname })
    .filter(([, value]) => value === undefined || value === "").map(([field]) => field);
  if (missing.length > 0) {
    throw new ConfigurationError(`${setting}: the secret ${name} says no ${missing.join(", ")}`, {
      stage: "configuration",
      next: `put it there, or write ${SCHEME}${name}?host=HOST&dbname=DATABASE`,
    });
  }
  const url = new URL("postgres://host");
  url.username = encodeURIComponent(String(username));
  url.password = encodeURIComponent(String(password));
  url.hostname = String(host);
  url.port = String(port);
  url.pathname = `/${encodeURIComponent(String(dbname))}`;
  for (const parameter of ["sslmode", "sslrootcert", "options"]) {
    if (rest[parameter] !== undefined) url.searchParams.set(parameter, String(rest[parameter]));
  }
  return url.href;
}

function fieldsOf(
  secret: string,
  besides: Readonly<Record<string, string>>,
): Record<string, unknown> {
  try {
    return { ...JSON.parse(secret), ...besides };
  } catch {
    return { ...besides };
  }
}

/**
 * Addresses of databases that AWS Secrets Manager keeps: `secretsmanager://name`. They are asked for
 * at every run, so that a password that was rotated is known at the next one.
 *
 * @see https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_secret_json_structure.html
 * @module
 */
import { ConfigurationError, EtlError } from "../../sdk/errors.ts";
import { adviceOn, lacksRegion } from "../../sdk/lake/s3_failure.ts";
import { AWS_TIMEOUTS } from "./aws_client.ts";
import type { Environment } from "./read.ts";
import { isSecret, SETTING_NAMES } from "./table.ts";

/** The settings that can be kept as secrets. */
export const DATABASES = SETTING_NAMES.filter(isSecret);

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
 * Returns the environment with a placeholder for each database URL that is kept as a secret, so that all
 * settings can be checked before any secret is fetched. Reading a setting throws a ConfigurationError
 * when its reference is malformed.
 */
export function withPlaceholders(environment: Environment): Environment {
  return (name) => {
    const value = environment(name);
    if (!DATABASES.includes(name as never) || !value?.startsWith(SCHEME)) return value;
    parse(name, value);
    // Two references to one secret are one database.
    return `postgres://secret/${encodeURIComponent(value)}`;
  };
}

async function addressIn(setting: string, reference: string): Promise<string> {
  const { name, overrides: overrides } = parse(setting, reference);
  return addressOf(setting, name, await fetchSecret(setting, name), overrides);
}

interface Reference {
  /** The secret's name or ARN. */
  readonly name: string;
  /** What the secret does not say, or says otherwise. */
  readonly overrides: Fields;
}

/** The parts of an address by the names that RDS gives them. */
type Fields = Readonly<Record<string, unknown>>;

const PARAMETERS = ["sslmode", "sslrootcert", "options"];
/** What a reference may say. A password in it would be no secret. */
const BESIDES = ["username", "host", "port", "dbname", ...PARAMETERS];

function parse(setting: string, reference: string): Reference {
  const [name, query = ""] = reference.slice(SCHEME.length).split(/\?(.*)/s);
  const overrides = Object.fromEntries(new URLSearchParams(query));
  const decoded = decode(name);
  const unknown = Object.keys(overrides).some((field) => !BESIDES.includes(field));
  if (decoded && !unknown) return { name: decoded, overrides: overrides };
  throw new ConfigurationError(
    unknown ? `${setting} may say ${BESIDES} after the ?` : `${setting} names no secret`,
    {
      stage: "configuration",
      next: `write it as ${SCHEME}totesys/source or ${SCHEME}NAME?host=HOST&dbname=DATABASE`,
    },
  );
}

function decode(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}

async function fetchSecret(setting: string, secret: string): Promise<string> {
  const { GetSecretValueCommand, SecretsManagerClient } = await import(
    "@aws-sdk/client-secrets-manager"
  );
  const client = new SecretsManagerClient(AWS_TIMEOUTS);
  try {
    const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId: secret }));
    if (SecretString) return SecretString;
  } catch (cause) {
    throw unreadable(setting, secret, cause as Error);
  } finally {
    client.destroy();
  }
  throw new ConfigurationError(`${setting}: the secret ${secret} holds no text`, {
    stage: "configuration",
  });
}

/** What the error of Secrets Manager is to whoever has to see to it, if anybody has. */
function unreadable(setting: string, secret: string, cause: Error): EtlError {
  const { name, message } = cause;
  const kind = name === "Error" ? message : name;
  const what = `${setting}: cannot read the secret ${secret}: ${kind}`;
  const context = { stage: "configuration", cause };
  const region = lacksRegion(cause) ? "set AWS_REGION" : undefined;
  const advice = region ?? adviceOn(name) ?? ADVICE[name];
  if (advice) {
    return new ConfigurationError(what, {
      ...context,
      next: `for the secret ${secret}: ${advice}`,
    });
  }
  // A network or a service that is not there may come back by itself.
  return new EtlError(what, { ...context, retryable: true });
}

const ADVICE: Readonly<Record<string, string>> = {
  ResourceNotFoundException: "check its name, and AWS_REGION",
  AccessDeniedException: "allow the role secretsmanager:GetSecretValue on it",
  DecryptionFailure: "allow the role kms:Decrypt with the key of the secret",
  InvalidRequestException: "is it being deleted? bring it back: aws secretsmanager restore-secret",
  UnrecognizedClientException: "check the AWS credentials, and AWS_REGION",
};

/** A secret is a URL, or an object as RDS keeps it: what it says stays out of every message. */
function addressOf(setting: string, name: string, secret: string, overrides: Fields): string {
  const isUrl = /^postgres(ql)?:/.test(secret);
  if (isUrl && Object.keys(overrides).length === 0) return secret;
  const fields = isUrl ? overrides : { port: 5432, ...fieldsOf(secret), ...overrides };
  const missing = ["username", "password", "host", "dbname"]
    .filter((field) => !isUrl && ((fields[field] ?? "") === ""));
  if (missing.length > 0) {
    throw new ConfigurationError(`${setting}: the secret ${name} says no ${missing.join(", ")}`, {
      stage: "configuration",
      next: `put it there, or write ${SCHEME}${name}?host=HOST&dbname=DATABASE`,
    });
  }
  const url = URL.parse(isUrl ? secret : "postgres://host");
  if (url && set(url, fields)) return url.href;
  throw new ConfigurationError(`${setting}: the secret ${name} makes no address`, {
    stage: "configuration",
    next: `correct its host and port, or those of ${setting}`,
  });
}

/** Sets the parts of an address. Returns whether it is one then: a URL ignores what cannot be. */
function set(url: URL, { username, password, host, port, dbname, ...rest }: Fields): boolean {
  const given = (value: unknown) => value !== undefined && value !== null;
  // An IPv6 address has colons of its own.
  const place = /^[^[].*:/.test(String(host)) ? `[${host}]` : String(host);
  if (given(username)) url.username = encodeURIComponent(String(username));
  if (given(password)) url.password = encodeURIComponent(String(password));
  if (given(host)) url.hostname = place;
  if (given(port)) url.port = String(port);
  if (given(dbname)) url.pathname = `/${encodeURIComponent(String(dbname))}`;
  for (const name of PARAMETERS) {
    if (given(rest[name])) url.searchParams.set(name, String(rest[name]));
  }
  // The URL writes an IPv6 address in a way of its own.
  const isPlace = !given(host) || url.hostname === place || /^\[.*:/.test(url.hostname);
  return isPlace && (!given(port) || url.port === String(port));
}

function fieldsOf(text: string): Fields {
  try {
    return { ...JSON.parse(text) };
  } catch {
    return {};
  }
}

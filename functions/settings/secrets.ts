/**
 * Database URLs and passwords that AWS Secrets Manager keeps: `secretsmanager://NAME`. They are fetched
 * at every run, so a rotated password takes effect at the next one.
 *
 * @see https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_secret_json_structure.html
 * @module
 */
import { ConfigurationError, EtlError } from "../../sdk/errors.ts";
import { credentialAdvice, isRegionMissing } from "../../sdk/lake/s3_failure.ts";
import { AWS_TIMEOUTS } from "./aws_client.ts";
import type { Environment } from "./read.ts";
import type { Setting } from "./setting.ts";
import { SETTINGS } from "./table.ts";

const SCHEME = "secretsmanager://";

/** Returns the environment with the secrets of these settings fetched. */
export async function withSecrets(
  environment: Environment,
  names: readonly string[],
): Promise<Environment> {
  const fetched = new Map<string, string>();
  for (const name of names) {
    const value = environment(name);
    if (value?.startsWith(SCHEME)) fetched.set(name, await fetchValue(name, value));
  }
  return (name) => fetched.get(name) ?? environment(name);
}

/**
 * Returns the environment with a placeholder for each value that is kept as a secret, so that all
 * settings can be checked before any secret is fetched. Reading a setting throws a ConfigurationError
 * when its reference is malformed.
 */
export function withPlaceholders(environment: Environment): Environment {
  return (name) => {
    const value = environment(name);
    const kind = kindOf(name);
    if (!kind || !value?.startsWith(SCHEME)) return value;
    parseReference(name, value);
    // Two references to one secret are one database.
    return kind === "text" ? value : `postgres://secret/${encodeURIComponent(value)}`;
  };
}

/** Returns what the secret of a setting holds; undefined for a setting that is no secret. */
function kindOf(setting: string): Setting["secret"] {
  return (SETTINGS as Readonly<Record<string, Setting>>)[setting]?.secret;
}

async function fetchValue(setting: string, text: string): Promise<string> {
  const reference = parseReference(setting, text);
  const secret = await fetchSecret(setting, reference.name);
  return kindOf(setting) === "text" ? secret : toUrl(setting, reference, secret);
}

interface Reference {
  /** The secret's name or ARN. */
  readonly name: string;
  /** Parts of the URL that the secret does not have, or that replace the secret's. */
  readonly overrides: Fields;
}

/** Parts of a database URL, named as in the secrets of RDS. */
type Fields = Readonly<Record<string, unknown>>;

const PARAMETERS = ["sslmode", "sslrootcert", "options"];
/** The overrides that a reference accepts. A password is not among them: it would be in plain text. */
const OVERRIDES = ["username", "host", "port", "dbname", ...PARAMETERS];
const FORMS = {
  url: `${SCHEME}totesys/source or ${SCHEME}NAME?host=HOST&dbname=DATABASE`,
  text: `${SCHEME}NAME`,
};

function parseReference(setting: string, reference: string): Reference {
  const [encoded, query = ""] = reference.slice(SCHEME.length).split(/\?(.*)/s);
  const overrides = Object.fromEntries(new URLSearchParams(query));
  const name = decode(encoded);
  const kind = kindOf(setting) ?? "url";
  const known = kind === "url" ? OVERRIDES : [];
  const isKnown = Object.keys(overrides).every((field) => known.includes(field));
  if (name && isKnown) return { name, overrides };
  throw new ConfigurationError(
    isKnown
      ? `${setting} names no secret`
      : `${setting} has an unknown parameter; known are ${known.join(", ") || "none"}`,
    { stage: "configuration", next: `set ${setting} to ${FORMS[kind]}` },
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
    throw fetchError(setting, secret, cause as Error);
  } finally {
    client.destroy();
  }
  throw new ConfigurationError(`${setting}: the secret ${secret} has no text`, {
    stage: "configuration",
    next: `store the value of ${setting} in the secret ${secret}`,
  });
}

/** Returns a ConfigurationError when someone has to act, and a retryable error otherwise. */
function fetchError(setting: string, secret: string, cause: Error): EtlError {
  const { name, message } = cause;
  const kind = name === "Error" ? message : name;
  const problem = `${setting}: cannot read the secret ${secret}: ${kind}`;
  const context = { stage: "configuration", cause };
  const region = isRegionMissing(cause) ? "set AWS_REGION" : undefined;
  const advice = region ?? credentialAdvice(name) ?? ADVICE[name];
  if (!advice) return new EtlError(problem, { ...context, retryable: true });
  return new ConfigurationError(problem, {
    ...context,
    next: `for the secret ${secret}: ${advice}`,
  });
}

/** What to do about an error of Secrets Manager, by its name. */
const ADVICE: Readonly<Record<string, string>> = {
  ResourceNotFoundException: "check its name and AWS_REGION",
  AccessDeniedException: "allow the role secretsmanager:GetSecretValue on it",
  DecryptionFailure: "allow the role kms:Decrypt with the secret's key",
  InvalidRequestException:
    "if it is scheduled for deletion: aws secretsmanager restore-secret --secret-id NAME",
  UnrecognizedClientException: "check the AWS credentials and AWS_REGION",
};

/**
 * Returns the URL that a secret holds, which is either a URL or the JSON of RDS, with the overrides
 * applied. No error quotes the secret.
 */
function toUrl(setting: string, { name, overrides }: Reference, secret: string): string {
  const isUrl = /^postgres(ql)?:/.test(secret);
  if (isUrl && Object.keys(overrides).length === 0) return secret;
  const fields = isUrl ? overrides : { port: 5432, ...parseFields(secret), ...overrides };
  const missing = ["username", "password", "host", "dbname"]
    .filter((field) => !isUrl && ((fields[field] ?? "") === ""));
  if (missing.length > 0) {
    throw new ConfigurationError(`${setting}: the secret ${name} has no ${missing.join(", ")}`, {
      stage: "configuration",
      next: `add it to the secret, or set ${setting} to ${SCHEME}${name}?host=HOST&dbname=DATABASE`,
    });
  }
  const url = URL.parse(isUrl ? secret : "postgres://host");
  if (url && assignFields(url, fields)) return url.href;
  throw new ConfigurationError(`${setting}: the secret ${name} does not give a valid URL`, {
    stage: "configuration",
    next: `correct the host and port in the secret or in ${setting}`,
  });
}

/** Sets parts of a URL. Returns false when one of them is invalid, which a URL silently ignores. */
function assignFields(
  url: URL,
  { username, password, host, port, dbname, ...rest }: Fields,
): boolean {
  const isGiven = (value: unknown) => value !== undefined && value !== null;
  // An IPv6 address contains colons and needs brackets.
  const hostname = /^[^[].*:/.test(String(host)) ? `[${host}]` : String(host);
  if (isGiven(username)) url.username = encodeURIComponent(String(username));
  if (isGiven(password)) url.password = encodeURIComponent(String(password));
  if (isGiven(host)) url.hostname = hostname;
  if (isGiven(port)) url.port = String(port);
  if (isGiven(dbname)) url.pathname = `/${encodeURIComponent(String(dbname))}`;
  for (const name of PARAMETERS) {
    if (isGiven(rest[name])) url.searchParams.set(name, String(rest[name]));
  }
  // The URL normalizes an IPv6 address.
  const hasHost = !isGiven(host) || url.hostname === hostname || /^\[.*:/.test(url.hostname);
  return hasHost && (!isGiven(port) || url.port === String(port));
}

function parseFields(text: string): Fields {
  try {
    return { ...JSON.parse(text) };
  } catch {
    return {};
  }
}

import { DamagedObjectError, EtlError, LakeError } from "../errors.ts";
import { missingObject } from "./recovery.ts";

/** What was being done to S3. */
export interface S3Action {
  /** What it was. */
  readonly action: "read" | "write" | "list";
  /** The object's key, or a prefix. */
  readonly key: string;
  /** The store's URL. */
  readonly url: string;
}

/** What an error of the AWS SDK carries. */
interface SdkError extends Error {
  readonly code?: string;
  readonly Code?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
}

/** The HTTP status an error of the AWS SDK came with. */
export function httpStatusOf(error: unknown): number | undefined {
  return (error as SdkError | null)?.$metadata?.httpStatusCode;
}

/** What to do when AWS does not know who is asking. */
const CREDENTIALS =
  "check the AWS credentials: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, a profile, or the " +
  "role of AWS_ROLE_ARN";
const REGION = "set AWS_REGION to the region of the bucket";

/** What helps, by the name of the error. */
const ADVICE: Readonly<Record<string, string>> = {
  NoSuchBucket: "check the bucket's name, and AWS_REGION; terraform creates the buckets",
  AccessDenied: "allow the role s3:GetObject, s3:PutObject and s3:ListBucket on the bucket",
  Forbidden: "allow the role s3:GetObject, s3:PutObject and s3:ListBucket on the bucket",
  ExpiredToken: `the credentials have expired; ${CREDENTIALS}`,
  ExpiredTokenException: `the credentials have expired; ${CREDENTIALS}`,
  InvalidAccessKeyId: CREDENTIALS,
  InvalidToken: CREDENTIALS,
  SignatureDoesNotMatch: CREDENTIALS,
  CredentialsProviderError: CREDENTIALS,
  PermanentRedirect: REGION,
  AuthorizationHeaderMalformed: REGION,
  IllegalLocationConstraintException: REGION,
  RequestTimeTooSkewed: "set this machine's clock",
};

const MISSING = ["NoSuchKey", "NotFound", "InvalidRange"];
const TRANSIENT = /Timeout|Throttl|SlowDown|Unavailable|InternalError/;

/**
 * Turns an error of the AWS SDK, or of the connection, into one of ours. Errors that are ours already
 * pass as they are.
 */
export function s3Failure(cause: unknown, { action, key, url }: S3Action): unknown {
  if (cause instanceof EtlError || !(cause instanceof Error)) return cause;
  const error = cause as SdkError;
  const status = httpStatusOf(error);
  const name = error.name === "Error" ? error.code ?? error.Code ?? error.name : error.name;
  if (name === "InvalidRange") {
    return new DamagedObjectError(`${key} in ${url} is shorter than it should be`, {
      stage: "lake",
      cause,
    });
  }
  if (MISSING.includes(name)) return missingObject(key, url, cause);
  const region = name === "TypeError" || lacksRegion(error);
  const advice = region || status === 301 ? REGION : ADVICE[name];
  const next = advice && `for ${url}: ${advice}`;
  // What comes without a status comes from the network, unless somebody has to see to it.
  const passing = status === undefined || status >= 500 || status === 429 || status === 409;
  return new LakeError(
    `cannot ${action} ${key || "the lake"} in ${url}: ${describe(name, error)}`,
    {
      stage: "lake",
      next,
      retryable: next === undefined && (passing || TRANSIENT.test(name)),
      cause,
    },
  );
}

/** Whether the SDK was told no region. */
export function lacksRegion({ message }: Error): boolean {
  return /[Rr]egion is missing/.test(message);
}

/** What helps against an error that any service of AWS may answer with: it is about who asks. */
export function adviceOn(name: string): string | undefined {
  return ADVICE[name]?.includes(CREDENTIALS) || name === "RequestTimeTooSkewed"
    ? ADVICE[name]
    : undefined;
}

function describe(name: string, { message }: Error): string {
  if (name === "TimeoutError") return "no answer in time";
  // The SDK explains itself to whoever debugs it, when an answer is no answer of S3.
  return message && message !== name ? `${name}: ${message.split("\n")[0]}` : name;
}

import { EtlError, LakeError } from "../errors.ts";
import { damagedObject, missingObject } from "./damage.ts";

/** An operation on S3. */
export interface S3Action {
  readonly action: "read" | "write" | "list";
  /** The key of the object, or a prefix. */
  readonly key: string;
  readonly url: string;
}

/** The properties of an error of the AWS SDK. */
interface SdkError extends Error {
  readonly code?: string;
  readonly Code?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
}

/** Returns the HTTP status of an error of the AWS SDK, if it has one. */
export function httpStatusOf(error: unknown): number | undefined {
  return (error as SdkError | null)?.$metadata?.httpStatusCode;
}

/** What to do when AWS rejects the credentials. */
const CREDENTIALS =
  "check the AWS credentials: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, a profile, or the " +
  "role of AWS_ROLE_ARN";
const REGION = "set AWS_REGION to the region of the bucket";

/** What to do, by the name of the error. */
const ADVICE: Readonly<Record<string, string>> = {
  NoSuchBucket: "check the name of the bucket, and AWS_REGION; terraform creates the buckets",
  AccessDenied: "give the role s3:GetObject, s3:PutObject and s3:ListBucket on the bucket",
  Forbidden: "give the role s3:GetObject, s3:PutObject and s3:ListBucket on the bucket",
  ExpiredToken: `the credentials have expired; ${CREDENTIALS}`,
  ExpiredTokenException: `the credentials have expired; ${CREDENTIALS}`,
  InvalidAccessKeyId: CREDENTIALS,
  InvalidToken: CREDENTIALS,
  SignatureDoesNotMatch: CREDENTIALS,
  CredentialsProviderError: CREDENTIALS,
  PermanentRedirect: REGION,
  AuthorizationHeaderMalformed: REGION,
  IllegalLocationConstraintException: REGION,
  RequestTimeTooSkewed: "set the clock of this machine",
};

const MISSING = ["NoSuchKey", "NotFound", "InvalidRange"];
const TRANSIENT = /Timeout|Throttl|SlowDown|Unavailable|InternalError/;

/**
 * Returns an error of the AWS SDK or of the connection as an EtlError that says what to do and whether a
 * retry can help. Returns EtlErrors unchanged.
 */
export function s3Failure(cause: unknown, { action, key, url }: S3Action): unknown {
  if (cause instanceof EtlError || !(cause instanceof Error)) return cause;
  const error = cause as SdkError;
  const status = httpStatusOf(error);
  const name = error.name === "Error" ? error.code ?? error.Code ?? error.name : error.name;
  if (name === "InvalidRange") {
    return damagedObject(key, `in ${url} is shorter than expected`, cause);
  }
  if (MISSING.includes(name)) return missingObject(key, url, cause);
  const region = name === "TypeError" || isRegionMissing(error);
  const advice = region || status === 301 ? REGION : ADVICE[name];
  const next = advice && `for ${url}: ${advice}`;
  // An error without a status comes from the network, unless there is advice for it.
  const isTransient = status === undefined || status >= 500 || status === 429 || status === 409;
  return new LakeError(
    `cannot ${action} ${key || "the lake"} in ${url}: ${describe(name, error)}`,
    {
      stage: "lake",
      next,
      retryable: next === undefined && (isTransient || TRANSIENT.test(name)),
      cause,
    },
  );
}

/** Returns whether an error of the AWS SDK means that no region is set. */
export function isRegionMissing({ message }: Error): boolean {
  return /[Rr]egion is missing/.test(message);
}

/** Returns the advice for an error that any AWS service returns when it rejects the credentials. */
export function credentialAdvice(name: string): string | undefined {
  return ADVICE[name]?.includes(CREDENTIALS) || name === "RequestTimeTooSkewed"
    ? ADVICE[name]
    : undefined;
}

function describe(name: string, { message }: Error): string {
  if (name === "TimeoutError") return "no answer in time";
  // The SDK appends debugging hints when an answer is not from S3.
  return message && message !== name ? `${name}: ${message.split("\n")[0]}` : name;
}

import { ConfigurationError } from "../errors.ts";
import { checkKey } from "./keys.ts";

/** A part of an S3 bucket. */
export interface S3Location {
  /** The bucket. */
  readonly bucket: string;
  /** Empty, or ends in a slash. */
  readonly prefix: string;
}

/**
 * Returns the location at `s3://bucket/prefix`. `what` is at that address: `the lake`.
 *
 * @throws {ConfigurationError} when the URL has no bucket, or has credentials or a query. It does not repeat
 * the URL, which can contain a secret.
 */
export function s3Location(url: string, what: string): S3Location {
  const fail = (problem: string): never => {
    throw new ConfigurationError(`the address of ${what} ${problem}`, {
      stage: "configuration",
      next: "use a URL such as s3://my-bucket/ingestion; credentials come from the environment",
    });
  };
  const found = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/(.*))?$/s.exec(url);
  if (!found) return fail("has no bucket");
  const [, bucket, path = ""] = found;
  if (/[?#]/.test(path)) return fail("has a ? or #: write %3F or %23 in a path");
  try {
    const prefix = path.split("/").filter(Boolean).map(decodeURIComponent).join("/");
    if (prefix !== "") checkKey(prefix);
    return { bucket, prefix: prefix === "" ? "" : `${prefix}/` };
  } catch {
    return fail("has an invalid path");
  }
}

/** Returns the URL of a location. */
export function s3Url({ bucket, prefix }: S3Location): string {
  const path = `${bucket}/${prefix}`.replace(/\/$/, "");
  return `s3://${path.split("/").map(encodeURIComponent).join("/")}`;
}

/** Returns a key as it is: listings encode it, because a key can contain characters that XML cannot. */
export function decodeKey(encoded: string): string {
  return decodeURIComponent(encoded.replaceAll("+", " "));
}

import process from "node:process";
import type { S3Client } from "@aws-sdk/client-s3";

/** A missing answer must become an error: a run that hangs blocks all later ones. */
const TIMEOUTS = {
  connectionTimeout: 5_000,
  requestTimeout: 10_000,
  // Without it, the SDK only logs a warning when a request takes too long.
  throwOnRequestTimeout: true,
  socketTimeout: 60_000,
};

type Sdk = typeof import("@aws-sdk/client-s3");

/** The AWS SDK, and a client. */
export interface Opened {
  readonly sdk: Sdk;
  readonly client: S3Client;
}

const opened = new Map<string, Promise<Opened>>();

/**
 * Returns the client of this process: its connections and credentials serve every store. Loads the SDK on
 * first use, because it is large.
 */
export function openS3(): Promise<Opened> {
  const { AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL, AWS_REGION, AWS_ACCESS_KEY_ID } = process.env;
  const endpoint = AWS_ENDPOINT_URL_S3 ?? AWS_ENDPOINT_URL;
  const key = JSON.stringify([endpoint, AWS_REGION, AWS_ACCESS_KEY_ID]);
  const known = opened.get(key);
  if (known) return known;
  const opening = (async () => {
    const sdk = await import("@aws-sdk/client-s3");
    const client = new sdk.S3Client({
      forcePathStyle: Boolean(endpoint),
      requestHandler: TIMEOUTS,
      // To ask before a body is sent takes a trip, and is almost never refused.
      expectContinueHeader: false,
    });
    return { sdk, client };
  })();
  opened.set(key, opening);
  return opening;
}

/**
 * Creates buckets for tests on the S3 server that dev/test.ts found or started. S3_TEST_ENDPOINT
 * names it; without one, tests of S3 are ignored, and the summary reports that.
 *
 * @module
 */
import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { MOTO_MISSING } from "../../dev/moto.ts";
import { openStore } from "../../sdk/lake/open_store.ts";
import type { ObjectStore } from "../../sdk/lake/store.ts";

/** The URL of the S3 server for tests, if there is one. */
export const S3_ENDPOINT = Deno.env.get("S3_TEST_ENDPOINT");

if (S3_ENDPOINT !== undefined) {
  const settings = {
    AWS_ENDPOINT_URL: S3_ENDPOINT,
    AWS_REGION: "eu-west-2",
    AWS_ACCESS_KEY_ID: "test",
    AWS_SECRET_ACCESS_KEY: "test",
    AWS_EC2_METADATA_DISABLED: "true",
  };
  for (const [name, value] of Object.entries(settings)) Deno.env.set(name, value);
} else {
  console.warn(`note: tests of AWS are ignored without S3_TEST_ENDPOINT: ${MOTO_MISSING}`);
}

/** Declares a test that needs an S3 server. Its pooled connections outlive it. */
export function s3Test(
  name: string,
  body: () => Promise<void>,
  declare: (test: Deno.TestDefinition) => void = Deno.test,
): void {
  declare({
    name,
    ignore: S3_ENDPOINT === undefined,
    sanitizeResources: false,
    sanitizeOps: false,
    fn: body,
  });
}

/** Returns a client with every right. */
export function s3Client(): S3Client {
  return new S3Client({ forcePathStyle: true });
}

/** Creates a bucket and opens a store in it. */
export async function testBucket(): Promise<{ bucket: string; store: ObjectStore }> {
  const bucket = `test-${crypto.randomUUID()}`;
  await s3Client().send(
    new CreateBucketCommand({
      Bucket: bucket,
      CreateBucketConfiguration: { LocationConstraint: "eu-west-2" },
    }),
  );
  return { bucket, store: openStore(`s3://${bucket}/zone`) };
}

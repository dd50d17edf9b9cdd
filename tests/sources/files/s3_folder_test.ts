import { DeleteObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { SourceError } from "../../../sdk/errors.ts";
import { openFolder } from "../../../sdk/sources/files/open_folder.ts";
import { folderConformance } from "../../conformance/folder.ts";
import { httpFaults } from "../../lake/http_faults.ts";
import { S3_ENDPOINT, s3Client, s3Test, testBucket } from "../../support/s3.ts";

const PREFIX = "in/a folder/";

async function bucketFolder() {
  const { bucket: Bucket } = await testBucket();
  const client = s3Client();
  return {
    folder: openFolder(`s3://${Bucket}/in/a%20folder`),
    async put(name: string, Body: Uint8Array) {
      await client.send(new PutObjectCommand({ Bucket, Key: PREFIX + name, Body }));
    },
    async remove(name: string) {
      await client.send(new DeleteObjectCommand({ Bucket, Key: PREFIX + name }));
    },
    async putElsewhere(Key: string) {
      await client.send(new PutObjectCommand({ Bucket, Key, Body: "x" }));
    },
    close: () => Promise.resolve(client.destroy()),
  };
}

folderConformance("s3", bucketFolder, s3Test);

s3Test("an s3 folder lists only what is under its prefix, and no folder of a console", async () => {
  const { folder, put, putElsewhere, close } = await bucketFolder();
  for (const key of ["in/a folder", "in/a folder2/x", "other", PREFIX, `${PREFIX}sub/`]) {
    await putElsewhere(key);
  }
  await put("a", new Uint8Array(1));
  const files = await Array.fromAsync(folder.list(() => true));
  assertEquals(files.map(({ name }) => name), ["a"]);
  await close();
});

s3Test("an s3 folder lists more keys than one answer has", async () => {
  const { folder, put, close } = await bucketFolder();
  for (let from = 0; from < 1_050; from += 50) {
    const numbers = Array.from({ length: 50 }, (_, n) => from + n);
    await Promise.all(numbers.map((n) => put(`${n}.csv`, new Uint8Array(1))));
  }
  const files = await Array.fromAsync(folder.list(() => true));
  assertEquals(new Set(files.map(({ name }) => name)).size, 1_050);
  await close();
});

s3Test("the version of an s3 file is its ETag", async () => {
  const { folder, put, close } = await bucketFolder();
  await put("a", new TextEncoder().encode("hello"));
  assertEquals((await folder.look("a"))?.version, "5d41402abc4b2a76b9719d911017c592");
  await close();
});

s3Test("a missing bucket is an error of the source that says what to do", async () => {
  const folder = openFolder(`s3://missing-${crypto.randomUUID()}/in`);
  const error = await assertRejects(() => Array.fromAsync(folder.list(() => true)), SourceError);
  assertStringIncludes(error.message, "cannot list the files in s3://missing-");
  assertStringIncludes(error.next!.advice!, "check the name of the bucket");
});

s3Test("an s3 folder without an answer is an error that a retry can help", async () => {
  const { folder, put, close } = await bucketFolder();
  await put("a", new Uint8Array(3 * 2 ** 20));
  await using faults = await httpFaults(
    S3_ENDPOINT!,
    ({ method }) => method === "GET" ? "lose the answer" : "pass",
  );
  const file = (await folder.look("a"))!;
  Deno.env.set("AWS_ENDPOINT_URL_S3", faults.url);
  try {
    const error = await assertRejects(() => Array.fromAsync(folder.read(file)), SourceError);
    assertEquals(error.retryable, true);
  } finally {
    Deno.env.delete("AWS_ENDPOINT_URL_S3");
  }
  await close();
});

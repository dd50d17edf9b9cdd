import { PutObjectCommand } from "@aws-sdk/client-s3";
import { assertEquals } from "@std/assert";
import { extractSource } from "../../../sdk/sources/extract_source.ts";
import { filesSource } from "../../../sdk/sources/files/files.ts";
import { duckdb } from "../../lake/duckdb.ts";
import { temporaryFolder } from "../../lake/temporary_folder.ts";
import { testLake } from "../../support/lake.ts";
import { s3Client, s3Test, testBucket } from "../../support/s3.ts";
import { ONE, outcomes, TWO } from "./drop.ts";

/** A bucket that files are dropped into, and what it takes to extract them. */
async function s3Drop() {
  const { bucket: Bucket } = await testBucket();
  const client = s3Client();
  const lake = await testLake();
  const source = filesSource({ url: `s3://${Bucket}/drop`, settle_ms: 1_500 });
  return {
    source,
    async put(name: string, Body: string | Uint8Array) {
      await client.send(new PutObjectCommand({ Bucket, Key: `drop/${name}`, Body }));
    },
    async extract() {
      return outcomes((await extractSource({ source, ingestion: lake.ingestion })).documents);
    },
    async [Symbol.asyncDispose]() {
      client.destroy();
      await lake[Symbol.asyncDispose]();
    },
  };
}

s3Test(
  "objects of a bucket are loaded once: versions, duplicates, touched and bad ones",
  async () => {
    await using drop = await s3Drop();
    await drop.put("a é.csv", TWO);
    await drop.put("x/b.csv", `${ONE}2\n`);
    assertEquals(await drop.extract(), [
      "a é.csv read 2",
      "x/b.csv refused line 3: the row has 1 field, not 4",
    ]);
    assertEquals(await drop.extract(), []);
    // The same bytes have the same ETag: there is no new version.
    await drop.put("a é.csv", TWO);
    assertEquals(await drop.extract(), []);
    await drop.put("copy.csv", TWO);
    await drop.put("x/b.csv", ONE);
    assertEquals(await drop.extract(), [
      "copy.csv duplicate same content as a é.csv",
      "x/b.csv read 1",
    ]);
    await drop.put("a é.csv", `${TWO}3,2026-11,GBP,1\n`);
    assertEquals(await drop.extract(), ["a é.csv read 3", "copy.csv read 2"]);
  },
);

s3Test("an object that is replaced between two looks is left for the next run", async () => {
  await using drop = await s3Drop();
  await drop.put("a.csv", ONE);
  setTimeout(() => drop.put("a.csv", TWO), 200);
  assertEquals(await drop.extract(), []);
  assertEquals(await drop.extract(), ["a.csv read 2"]);
});

s3Test("a Parquet object of a bucket is read by ranges", async () => {
  await using drop = await s3Drop();
  await using folder = await temporaryFolder();
  const path = `${folder.path}/x.parquet`;
  await duckdb(path, async (query) => {
    await query(`COPY (SELECT i::INTEGER AS staff_id, DATE '2026-11-01' AS month,
      'GBP' AS currency_code, 1.5::DECIMAL(18,2) AS target FROM range(5000) r(i))
      TO $file (FORMAT parquet, ROW_GROUP_SIZE 2048)`);
  });
  await drop.put("x.parquet", await Deno.readFile(path));
  assertEquals(await drop.extract(), ["x.parquet read 5000"]);
});

import { assertEquals } from "@std/assert";
import { PutObjectCommand } from "@aws-sdk/client-s3";
import { openDistance } from "../../dev/distance.ts";
import { openStore } from "../../sdk/lake/open_store.ts";
import { filesSource, keepConnections, runSource } from "../../sdk/mod.ts";
import { testDatabase } from "../support/postgres.ts";
import { S3_ENDPOINT, s3Client, s3Test, testBucket } from "../support/s3.ts";

s3Test("a run of a source on S3 looks for new commits once in each log", async () => {
  await using warehouse = await testDatabase("warehouse");
  const [ingestion, processed, files] = await Promise.all([1, 2, 3].map(testBucket));
  const client = s3Client();
  const drop = async (name: string) => {
    const Body = `staff_id,month,currency_code,target\n1,2026-11,GBP,${name.length}\n`;
    await client.send(new PutObjectCommand({ Bucket: files.bucket, Key: `zone/${name}`, Body }));
  };
  await using distance = openDistance({ delay_ms: 1 });
  Deno.env.set("AWS_ENDPOINT_URL_S3", await distance.to(S3_ENDPOINT!));
  await using _connections = keepConnections();
  try {
    const source = filesSource({ url: files.store.url, settle_ms: 0 });
    const options = {
      source,
      warehouse: warehouse.url,
      ingestion: openStore(ingestion.store.url),
      processed: openStore(processed.store.url),
    };
    const requestsOfRun = async () => {
      distance.reset();
      await runSource(options);
      const kinds = distance.traffic().requests.map(({ beginning }) =>
        beginning.includes("list-type=2") ? "LIST" : /^(GET|PUT|HEAD) /.exec(beginning)?.[1]
      ).filter((kind) => kind !== undefined);
      return Object.fromEntries(
        Object.entries(Object.groupBy(kinds, (kind) => kind)).map((
          [kind, all],
        ) => [kind, all!.length]),
      );
    };
    await drop("a.csv");
    await requestsOfRun();
    // The folder, and the head of each log.
    assertEquals(await requestsOfRun(), { LIST: 3 });
    await drop("ab.csv");
    // The rows, the commit; the fact, its dates, the commit.
    const { LIST, PUT } = await requestsOfRun();
    assertEquals({ LIST, PUT }, { LIST: 3, PUT: 5 });
  } finally {
    Deno.env.delete("AWS_ENDPOINT_URL_S3");
    client.destroy();
  }
});

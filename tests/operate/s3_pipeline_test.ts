import { assertEquals } from "@std/assert";
import { replay } from "../../sdk/operate/replay/replay.ts";
import { reconcile } from "../../sdk/operate/compare/reconcile.ts";
import { run } from "../../sdk/operate/run.ts";
import { verify } from "../../sdk/operate/compare/verify.ts";
import { etlCommand } from "../functions/cli/cli.ts";
import { testDatabase } from "../support/postgres.ts";
import { s3Test, testBucket } from "../support/s3.ts";
import { createSource, insertOneOfEach } from "../support/source.ts";
import { settingsOf } from "./pipelines.ts";

s3Test("a pipeline over S3 loads, follows, reconciles, replays and verifies", async () => {
  await using source = await testDatabase("totesys");
  await using warehouse = await testDatabase("warehouse");
  await using second = await testDatabase("warehouse");
  await createSource(source.sql);
  await insertOneOfEach(source.sql);
  const [{ store: ingestion }, { store: processed }] = [await testBucket(), await testBucket()];
  const pipeline = { source: source.url, warehouse: warehouse.url, ingestion, processed };
  const first = await run(pipeline);
  assertEquals(first.load.commits.length, 1);
  await source.sql`UPDATE sales_order SET units_sold = 7`;
  await run(pipeline);
  await source.sql`DELETE FROM payment`;
  assertEquals((await reconcile(pipeline)).deleted, { payment: 1 });
  assertEquals((await verify(pipeline)).equal, true);
  await replay({ processed, ingestion, into: second.url, fromIngestion: true });
  const versions = "SELECT * FROM fact_sales_order_versions ORDER BY sales_record_id";
  assertEquals([...await second.sql.unsafe(versions)], [...await warehouse.sql.unsafe(versions)]);
  const output = await etlCommand(["run"], settingsOf(pipeline)).output();
  assertEquals([output.code, new TextDecoder().decode(output.stdout).slice(0, 15)], [
    0,
    "nothing changed",
  ]);
});

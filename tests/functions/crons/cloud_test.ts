/** The crons as on Deno Deploy: a lake on S3, database URLs in secrets, killed at any time. */
import { assert, assertEquals } from "@std/assert";
import {
  CreateSecretCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";
import { design, payment, salesOrder } from "../../../schemas/mod.ts";
import { createSource, insert, insertOneOfEach, type Sql } from "../../support/source.ts";
import { testDatabase } from "../../support/postgres.ts";
import { S3_ENDPOINT, s3Test, testBucket } from "../../support/s3.ts";
import { slowTest } from "../../support/slow.ts";
import { etlProcess } from "../cli/cli.ts";
import { cronCommand, outcomeOf } from "./crons.ts";

const ROUNDS = 5;

/** Work as the source's own clients do: new rows, silent updates and deletes. */
async function trade(sql: Sql, until: AbortSignal): Promise<number> {
  let n = 100;
  for (; !until.aborted; n++) {
    await insert(sql, design, { design_id: n });
    await insert(sql, salesOrder, { sales_order_id: n, design_id: n });
    await insert(sql, payment, { payment_id: n });
    await sql`UPDATE sales_order SET units_sold = units_sold + 1 WHERE sales_order_id % 3 = ${
      n % 3
    }`;
    if (n % 4 === 0) await sql`DELETE FROM payment WHERE payment_id = ${n - 2}`;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return n;
}

s3Test("crons on S3 that are killed and restarted while rows change lose nothing", async () => {
  await using source = await testDatabase("totesys");
  await using warehouse = await testDatabase("warehouse");
  await createSource(source.sql);
  await insertOneOfEach(source.sql);
  const client = new SecretsManagerClient({});
  const name = `totesys/${crypto.randomUUID()}`;
  await client.send(
    new CreateSecretCommand({ Name: name, SecretString: "postgres://x@127.0.0.1:1/x" }),
  );
  const [ingestion, processed] = [await testBucket(), await testBucket()];
  const settings = {
    SOURCE_URL: `secretsmanager://${name}`,
    WAREHOUSE_URL: warehouse.url,
    INGESTION_URL: `s3://${ingestion.bucket}`,
    PROCESSED_URL: `s3://${processed.bucket}/star`,
    AWS_ENDPOINT_URL: S3_ENDPOINT!,
  };
  const closing = new AbortController();
  const trading = trade(source.sql, closing.signal);
  for (let round = 0; round < ROUNDS; round++) {
    const instances = [1, 2].map(() => cronCommand({ ...settings, CRON_TICKS: "1000" }).spawn());
    const outputs = instances.map((instance) => instance.output());
    // As after a rotation: from here on the secret holds what opens the source.
    if (round === 0) {
      await client.send(new PutSecretValueCommand({ SecretId: name, SecretString: source.url }));
    }
    await new Promise((resolve) => setTimeout(resolve, 1_500 + Math.random() * 1_000));
    instances[0].kill("SIGKILL");
    instances[1].kill("SIGINT");
    const { code, said } = outcomeOf(await outputs[1]);
    if (round > 0) assertEquals(code, 0, said);
    await outputs[0];
  }
  client.destroy();
  closing.abort();
  const traded = await trading - 100;
  assert(traded > 50, `${traded} rounds of trade`);
  for (const command of ["run", "reconcile", "verify"]) {
    const { code, stdout, stderr } = await etlProcess([command], settings);
    assertEquals(code, 0, stdout + stderr);
  }
  const missed = await warehouse.sql`SELECT missed FROM etl.reconciliation WHERE missed <> '{}'`;
  assertEquals([...missed], [], "no extraction missed a row");
  const [{ orders }] = await warehouse.sql`SELECT count(*)::int AS orders FROM fact_sales_order`;
  assertEquals(orders, traded + 1);
}, slowTest);

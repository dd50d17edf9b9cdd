/** The crons of every source as on Deno Deploy: a lake and files on S3, killed at any time. */
import { assert, assertEquals } from "@std/assert";
import { PutObjectCommand } from "@aws-sdk/client-s3";
import { createSource, insert, insertOneOfEach } from "../../support/source.ts";
import { payment } from "../../../schemas/mod.ts";
import { testDatabase } from "../../support/postgres.ts";
import { startRatesServer } from "../../support/rates_server.ts";
import { S3_ENDPOINT, s3Client, s3Test, testBucket } from "../../support/s3.ts";
import { slowTest } from "../../support/slow.ts";
import { etlProcess } from "../cli/cli.ts";
import { cronCommand, outcomeOf } from "./crons.ts";

const ROUNDS = 4;

s3Test("crons of several sources that are killed and restarted lose nothing", async () => {
  await using source = await testDatabase("totesys");
  await using warehouse = await testDatabase("warehouse");
  await using server = startRatesServer();
  await createSource(source.sql);
  await insertOneOfEach(source.sql);
  const [ingestion, processed, files] = await Promise.all([1, 2, 3].map(testBucket));
  const settings = {
    SOURCE_URL: source.url,
    WAREHOUSE_URL: warehouse.url,
    INGESTION_URL: `s3://${ingestion.bucket}`,
    PROCESSED_URL: `s3://${processed.bucket}`,
    FILES_URL: `s3://${files.bucket}/targets`,
    RATES_URL: server.RATES_URL,
    AWS_ENDPOINT_URL: S3_ENDPOINT!,
  };
  const client = s3Client();
  const drop = async (name: string, target: number) => {
    const Body = `staff_id,month,currency_code,target\n1,2026-11,GBP,${target}\n`;
    await client.send(new PutObjectCommand({ Bucket: files.bucket, Key: `targets/${name}`, Body }));
  };
  for (let round = 0; round < ROUNDS; round++) {
    const jobs = { CRON_JOBS: "extract,load,rates,files", CRON_TICKS: "1000" };
    const instances = [1, 2].map(() => cronCommand({ ...settings, ...jobs }).spawn());
    const outputs = instances.map((instance) => instance.output());
    await drop("rewritten.csv", round);
    await drop(`${round}.csv`, 100 + round);
    await insert(source.sql, payment, { payment_id: 10 + round });
    await new Promise((resolve) => setTimeout(resolve, 4_000 + Math.random() * 3_000));
    instances[0].kill("SIGKILL");
    instances[1].kill("SIGINT");
    const { code, lines, said } = outcomeOf(await outputs[1]);
    assertEquals([code, lines.filter(({ level }) => level === "error")], [0, []], said);
    await outputs[0];
  }
  for (const command of ["run", "rates", "files", "verify"]) {
    const { code, stdout, stderr } = await etlProcess([command], settings);
    assertEquals(code, 0, `${command}: ${stdout}${stderr}`);
  }
  client.destroy();
  const targets = await warehouse.sql`SELECT target::int FROM fact_sales_target ORDER BY 1`;
  const expected = [ROUNDS - 1, ...Array.from({ length: ROUNDS }, (_, round) => 100 + round)];
  assertEquals(targets.map(({ target }) => target), expected);
  const [{ days }] = await warehouse.sql`SELECT count(DISTINCT rate_date)::int AS days
    FROM fact_exchange_rate`;
  assert(days > 0);
}, slowTest);

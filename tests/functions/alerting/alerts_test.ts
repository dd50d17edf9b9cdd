/** Mails and metrics, sent to a real SES and CloudWatch API. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { SESClient, VerifyEmailIdentityCommand } from "@aws-sdk/client-ses";
import { CreateSecretCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { settingsOf, test as anyTest, type TestPipeline } from "../../operate/pipelines.ts";
import { insert } from "../../support/source.ts";
import { keysOf } from "../../support/lake.ts";
import { startRatesServer } from "../../support/rates_server.ts";
import { S3_ENDPOINT } from "../../support/s3.ts";
import { salesOrder } from "../../../schemas/mod.ts";
import { extract } from "../../../sdk/extract/extract.ts";
import { databaseZone } from "../../../sdk/lake/zone.ts";
import { commitKey } from "../../../sdk/lake/keys.ts";
import { withChecksum } from "../../../sdk/lake/checksum.ts";
import { run } from "../../../sdk/operate/run.ts";
import { DAMAGE, fileOf } from "../../support/tamper.ts";
import { startMoto } from "../../../dev/moto.ts";
import { runCrons } from "../crons/crons.ts";

const SENDER = "etl@example.com";
const LOADING_FAILED = "[totesys] Loading failed: cannot read or write the warehouse";
const UNREACHABLE_URL = "postgres://nobody@127.0.0.1:1/gone";
const READ_ONLY_URL = "postgres://dashboard@127.0.0.1:1/gone";

/**
 * An emulator of this module's own, if one can be started: the page that shows its mails fails once
 * tests of S3 have run in it.
 */
const AWS_ENDPOINT = S3_ENDPOINT === undefined
  ? undefined
  : (await startMoto())?.url ?? S3_ENDPOINT;

/** A test that needs AWS. */
function test(name: string, body: (pipeline: TestPipeline) => Promise<void>): void {
  if (AWS_ENDPOINT === undefined) Deno.test({ name, ignore: true, fn: () => {} });
  else anyTest(name, body);
}

/** Makes an entry a minute older: the retry of its mail is due then. */
async function ageByAMinute(url: string): Promise<void> {
  const entry = JSON.parse(await Deno.readTextFile(new URL(url)));
  const at = new Date(Date.parse(entry.at) - 60_000).toISOString();
  const aged = { ...entry, at, mail: { ...entry.mail, at } };
  await Deno.writeTextFile(new URL(url), JSON.stringify(aged));
}

interface Received {
  readonly subject: string;
  /** The HTML: this API keeps nothing else of a mail that has both. */
  readonly body: string;
}

/** Settings of a pipeline that sends mails to an address of its own. */
async function mailSettings(pipeline: TestPipeline) {
  const to = `${crypto.randomUUID()}@example.com`;
  const client = new SESClient({ endpoint: AWS_ENDPOINT });
  await client.send(new VerifyEmailIdentityCommand({ EmailAddress: SENDER }));
  client.destroy();
  return {
    ...settingsOf(pipeline),
    AWS_ENDPOINT_URL: AWS_ENDPOINT!,
    ALERT_FROM: SENDER,
    ALERT_TO: to,
  };
}

async function inbox({ ALERT_TO }: { ALERT_TO: string }): Promise<Received[]> {
  const { ses } = await awsData();
  const mails = ses.Message as (Received & { destinations: { ToAddresses: string[] } })[];
  return mails.filter(({ destinations }) => destinations.ToAddresses.includes(ALERT_TO));
}

async function subjects(settings: { ALERT_TO: string }): Promise<string[]> {
  return (await inbox(settings)).map(({ subject }) => subject);
}

async function awsData() {
  return await (await fetch(`${AWS_ENDPOINT}/moto-api/data.json`)).json();
}

test("three instances that fail at once send one mail, and one recovery mail", async (pipeline) => {
  const settings = await mailSettings(pipeline);
  const failing = { ...settings, SOURCE_URL: UNREACHABLE_URL, CRON_JOBS: "extract" };
  const crons = await Promise.all([1, 2, 3].map(() => runCrons(failing)));
  assertEquals(crons.map(({ code }) => code), [1, 1, 1]);
  assertEquals((await inbox(settings)).length, 1);
  await runCrons(failing);
  const [{ subject, body }, ...more] = await inbox(settings);
  assertEquals(more, [], "no reminder before the cooldown ends");
  assertEquals(subject, "[totesys] Extraction failed: cannot read the source");
  assertStringIncludes(body, "ECONNREFUSED");
  assertStringIncludes(body, "deno task etl run");
  await Promise.all([1, 2, 3].map(() => runCrons({ ...settings, CRON_JOBS: "extract" })));
  assertEquals(await subjects(settings), [subject, "[totesys] Resolved: Extraction works again"]);
});

test("an incident that lasts sends a reminder after the cooldown", async (pipeline) => {
  const settings = await mailSettings(pipeline);
  const failing = { ...settings, SOURCE_URL: UNREACHABLE_URL, CRON_JOBS: "extract" };
  await runCrons({ ...failing, ALERT_COOLDOWN_MINUTES: "0.0001", CRON_TICKS: "2" });
  assertEquals(await subjects(settings), [
    "[totesys] Extraction failed: cannot read the source",
    "[totesys] Reminder: Extraction failed: cannot read the source",
  ]);
});

test("a warehouse that is down is one incident for all jobs", async (pipeline) => {
  const settings = await mailSettings(pipeline);
  await using server = startRatesServer();
  const down = { WAREHOUSE_URL: UNREACHABLE_URL, RATES_URL: server.RATES_URL };
  await runCrons({ ...settings, ...down, CRON_JOBS: "extract,load,heartbeat,rates" });
  assertEquals(await subjects(settings), [LOADING_FAILED]);
});

test("the mail about a failure shows how far the warehouse was behind, unless it is the warehouse that is down", async (pipeline) => {
  const settings = {
    ...await mailSettings(pipeline),
    DASHBOARD_PASSWORD: "a long enough password",
    DASHBOARD_WAREHOUSE_URL: READ_ONLY_URL,
    DASHBOARD_URL: "https://example.com",
  };
  await runCrons({ ...settings, CRON_JOBS: "extract" });
  await runCrons({ ...settings, SOURCE_URL: UNREACHABLE_URL, CRON_JOBS: "extract" });
  await runCrons({ ...settings, WAREHOUSE_URL: UNREACHABLE_URL, CRON_JOBS: "load" });
  const mails = await inbox(settings);
  const [warehouse] = mails.filter(({ subject }) => subject === LOADING_FAILED);
  const [source] = mails.filter(({ subject }) => subject !== LOADING_FAILED);
  assertStringIncludes(source.body, "Within the objective in the last 24 hours");
  assertStringIncludes(source.body, 'role="img"');
  assert(!warehouse.body.includes('role="img"'), warehouse.body);
  for (const { body } of mails) assertStringIncludes(body, 'href="https://example.com"');
});

test("a source that is down is an incident of its own, which its next success resolves", async (pipeline) => {
  await using server = startRatesServer();
  const settings = await mailSettings(pipeline);
  const failing = { ...settings, RATES_URL: "http://127.0.0.1:1/{date}/{code}" };
  await runCrons({ ...failing, CRON_JOBS: "extract,rates" });
  await runCrons({ ...failing, CRON_JOBS: "extract,load,heartbeat" });
  const failed = "Loading exchange rates failed: cannot read the source";
  const [{ subject, body }, ...others] = await inbox(settings);
  assertEquals([subject, others], [`[totesys] ${failed}`, []], "other jobs do not resolve it");
  assertStringIncludes(body, "deno task etl rates");
  await runCrons({ ...settings, RATES_URL: server.RATES_URL, CRON_JOBS: "rates" });
  assertEquals((await subjects(settings)).slice(1), [
    "[totesys] Resolved: Loading exchange rates works again",
  ]);
});

test("a mail that SES does not take is logged, fails no job, and is sent later", async (pipeline) => {
  const settings = await mailSettings(pipeline);
  await pipeline.sourceSql`ALTER TABLE staff ADD COLUMN nickname text`;
  const { code, lines, said } = await runCrons({
    ...settings,
    AWS_ENDPOINT_URL_SES: "http://127.0.0.1:1",
    CRON_JOBS: "extract",
  });
  assertEquals(code, 0, said);
  const failed = lines.filter(({ event }) => event === "mail failed");
  assertEquals(failed.map(({ level, incident }) => [level, incident]), [
    ["error", "schema-changed.extract.staff"],
  ]);
  const written = (await keysOf(pipeline.ingestion)).filter((key) => key.startsWith("_alerts/"));
  assertEquals(written, [1, 2].map((n) => `_alerts/schema-changed.extract.staff/00000${n}.json`));
  await ageByAMinute(`${pipeline.ingestion.url}/${written[1]}`);
  await runCrons({ ...settings, CRON_JOBS: "extract" });
  assertEquals(await subjects(settings), [
    "[totesys] Schema changed: column staff.nickname is new",
  ]);
});

test("a changed schema is mailed although the run fails later", async (pipeline) => {
  const settings = { ...await mailSettings(pipeline), WAREHOUSE_URL: UNREACHABLE_URL };
  await pipeline.sourceSql`ALTER TABLE staff DROP COLUMN email_address`;
  await runCrons({ ...settings, CRON_JOBS: "extract" });
  assertEquals((await subjects(settings)).sort(), [
    LOADING_FAILED,
    "[totesys] Schema changed: column staff.email_address is missing",
  ]);
});

test("a full reread and a skipped batch are mailed although the run fails later", async (pipeline) => {
  const settings = { ...await mailSettings(pipeline), WAREHOUSE_URL: UNREACHABLE_URL };
  await run(pipeline);
  await pipeline.sourceSql`UPDATE design SET design_name = 'other'`;
  await extract(pipeline);
  const commit = await databaseZone(pipeline.ingestion).log.read(2);
  await DAMAGE["a flipped bit"](fileOf(pipeline.ingestion, commit.tables.design.key));
  const snapshot = { ...commit.snapshot, system: commit.snapshot.system.replace(/\d+$/, "99") };
  const restored = withChecksum(JSON.stringify({ ...commit, snapshot }));
  await Deno.writeTextFile(fileOf(pipeline.ingestion, commitKey(2)), restored);
  await runCrons({ ...settings, CRON_JOBS: "extract" });
  assertEquals((await subjects(settings)).sort(), [
    "[totesys] Commit 2 of the ingestion zone was skipped",
    LOADING_FAILED,
    "[totesys] The source was read again in full",
  ]);
});

test("names from the source cannot write HTML into a mail", async (pipeline) => {
  const settings = await mailSettings(pipeline);
  const name = `<b onclick="x">&'\nBcc: evil`;
  await pipeline.sourceSql`CREATE TABLE ${pipeline.sourceSql(name)} (id int)`;
  await runCrons({ ...settings, CRON_JOBS: "extract" });
  const [{ subject, body }] = await inbox(settings);
  assert(!/[\r\n]/.test(subject), subject);
  assertStringIncludes(body, "&lt;b onclick=&quot;x&quot;&gt;&amp;&#39;");
  assert(!body.includes("<b onclick"), body);
});

const ROW = "Rw7sensitive9Xq";
const PASSWORD = "Pw3hunter8Zk";

test("no mail holds a secret or the content of a row", async (pipeline) => {
  const settings = { ...await mailSettings(pipeline), QUARANTINE_ALERT_ROWS: "0" };
  const { sourceSql, sql } = pipeline;
  const withPassword = (url: string) => Object.assign(new URL(url), { password: PASSWORD }).href;
  const secret = {
    ...settings,
    SOURCE_URL: withPassword(pipeline.source),
    WAREHOUSE_URL: withPassword(pipeline.warehouse),
    AWS_SECRET_ACCESS_KEY: PASSWORD,
  };
  const extract = { ...secret, CRON_JOBS: "extract" };
  // A wrong password where one is asked for, and a password in the URL of a server that is down.
  await runCrons({ ...extract, SOURCE_URL: `postgres://reader:${PASSWORD}@127.0.0.1:1/totesys` });
  await runCrons({ ...secret, CRON_JOBS: "load", WAREHOUSE_URL: withPassword(UNREACHABLE_URL) });
  await runCrons(extract);
  // One invalid row, then more than the limit of a batch.
  await insert(sourceSql, salesOrder, { sales_order_id: 900, agreed_delivery_date: ROW });
  await runCrons(extract);
  await sourceSql`INSERT INTO sales_order SELECT n, created_at, last_updated, design_id, staff_id,
    counterparty_id, units_sold, unit_price, currency_id, agreed_delivery_date,
    agreed_payment_date, agreed_delivery_location_id FROM sales_order, generate_series(1000, 1200) n
    WHERE sales_order_id = 900`;
  await runCrons(extract);
  await sourceSql`DELETE FROM sales_order WHERE sales_order_id >= 900`;
  await runCrons({ ...extract, QUARANTINE_LIMIT: "100" });
  // A repeated key, whose value the message of the schema change quotes.
  await sourceSql`ALTER TABLE currency DROP CONSTRAINT currency_pkey CASCADE`;
  await sourceSql`INSERT INTO currency SELECT * FROM currency`;
  await runCrons(extract);
  // The database's own message quotes the row.
  await sql.unsafe(`CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
    $$BEGIN RAISE EXCEPTION 'refused: ${ROW} ${PASSWORD}'; END$$`);
  await sql.unsafe(`CREATE TRIGGER refuse BEFORE INSERT OR UPDATE ON dim_design
    FOR EACH ROW EXECUTE FUNCTION refuse()`);
  await sourceSql`UPDATE design SET design_name = ${ROW}`;
  await runCrons({ ...extract, QUARANTINE_LIMIT: "100" });
  const mails = await inbox(settings);
  assert(mails.length >= 6, JSON.stringify(mails.map(({ subject }) => subject)));
  const keys = (await keysOf(pipeline.ingestion)).filter((key) => key.startsWith("_alerts/"));
  const kinds = new Set(keys.map((key) => key.split("/")[1].split(".")[0]));
  assertEquals([...kinds].sort(), ["quarantine", "run-failed", "schema-changed"]);
  const kept = await Promise.all(
    keys.map(async (key) =>
      await new Response(ReadableStream.from(pipeline.ingestion.get(key))).text()
    ),
  );
  for (const text of [...mails.map((mail) => JSON.stringify(mail)), ...kept]) {
    assert(!text.includes(ROW) && !text.includes(PASSWORD), text);
  }
});

test("a warehouse that is too far behind is mailed, with the time since when", async (pipeline) => {
  const settings = await mailSettings(pipeline);
  await runCrons({ ...settings, CRON_JOBS: "extract" });
  await pipeline.sql`UPDATE etl.heartbeat SET fresh_as_of = '2024-02-03T04:05:06Z'`;
  await runCrons({ ...settings, CRON_JOBS: "heartbeat" });
  const [{ subject, body }] = await inbox(settings);
  assertMatch(
    subject,
    /^\[totesys\] The warehouse is [\d,]+ days? [\w ]*behind \(limit 30 minutes\)$/,
  );
  assertStringIncludes(body, "2024-02-03 04:05:06 UTC");
  assertStringIncludes(body, "more than 30 minutes behind the source");
  await runCrons({ ...settings, CRON_JOBS: "extract" });
  await runCrons({ ...settings, CRON_JOBS: "heartbeat" });
  assertEquals((await subjects(settings))[1], "[totesys] Resolved: The warehouse is fresh again");
});

test("a row that every extraction missed is mailed once when it is repaired", async (pipeline) => {
  const settings = await mailSettings(pipeline);
  await run(pipeline);
  await pipeline.sql`UPDATE dim_design SET design_name = 'tampered with'`;
  await runCrons({ ...settings, CRON_JOBS: "reconcile" });
  const [{ subject, body }] = await inbox(settings);
  assertEquals(subject, "[totesys] Repaired 1 missed row");
  assertStringIncludes(body, "1 in design");
  await runCrons({ ...settings, CRON_JOBS: "reconcile" });
  assertEquals((await inbox(settings)).length, 1, "no recovery mail: the row is repaired");
});

test("without recipients no incident is recorded and no mail is sent", async (pipeline) => {
  const settings = { ...await mailSettings(pipeline), SOURCE_URL: UNREACHABLE_URL };
  const { lines } = await runCrons({ ...settings, ALERT_TO: "", CRON_JOBS: "extract" });
  assertEquals(lines.filter(({ event }) => /mail|incident/.test(event)), []);
  assertEquals(await keysOf(pipeline.ingestion), []);
  assertEquals(await inbox(settings), []);
});

test("each run reports to CloudWatch how many seconds the warehouse is behind", async (pipeline) => {
  const METRIC_NAMESPACE = `Totesys/${crypto.randomUUID()}`;
  const settings = { ...await mailSettings(pipeline), METRIC_NAMESPACE, CRON_JOBS: "extract" };
  await runCrons({ ...settings, CRON_TICKS: "2" });
  await runCrons({ ...settings, SOURCE_URL: UNREACHABLE_URL, CRON_JOBS: "heartbeat" });
  const { cloudwatch } = await awsData();
  const found = (cloudwatch.MetricDatum as { namespace: string; name: string; value: number }[])
    .filter(({ namespace }) => namespace === METRIC_NAMESPACE);
  assertEquals(found.map(({ name }) => name), Array(3).fill("FreshnessSeconds"));
  assert(found.every(({ value }) => value >= 0 && value < 60), JSON.stringify(found));
});

test("a metric that CloudWatch does not take is logged and fails no job", async (pipeline) => {
  const { code, lines } = await runCrons({
    ...await mailSettings(pipeline),
    METRIC_NAMESPACE: "Totesys/ETL",
    AWS_ENDPOINT_URL_CLOUDWATCH: "http://127.0.0.1:1",
    CRON_JOBS: "extract",
  });
  assertEquals(code, 0);
  assertEquals(lines.find(({ event }) => event === "metric failed").level, "error");
});

test("secrets are fetched for every run, and a missing one is mailed", async (pipeline) => {
  const settings = { ...await mailSettings(pipeline), CRON_JOBS: "extract" };
  const name = `totesys/${crypto.randomUUID()}`;
  const SOURCE_URL = `secretsmanager://${name}`;
  await runCrons({ ...settings, SOURCE_URL });
  const [{ subject, body }] = await inbox(settings);
  assertEquals(subject, "[totesys] The pipeline failed: a setting is wrong");
  assertStringIncludes(body, "a setting is wrong (ConfigurationError, ResourceNotFoundException)");
  const client = new SecretsManagerClient({ endpoint: AWS_ENDPOINT });
  await client.send(new CreateSecretCommand({ Name: name, SecretString: pipeline.source }));
  client.destroy();
  const { code, said } = await runCrons({ ...settings, SOURCE_URL });
  assertEquals(code, 0, said);
  assertEquals((await subjects(settings))[1], "[totesys] Resolved: The pipeline works again");
});

/** The commands of the sources that are not the database. */
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { serveRates } from "../../../dev/simulator/rates.ts";
import { run } from "../../../sdk/operate/run.ts";
import { settingsOf, test } from "../../operate/pipelines.ts";
import { testDatabase } from "../../support/postgres.ts";
import { daysAgo, startRatesServer } from "../../support/rates_server.ts";
import { temporaryFolder } from "../../lake/temporary_folder.ts";
import { etl } from "./cli.ts";

const HEADER = "staff_id,month,currency_code,target\n";

test("etl rates --from loads the rates of each day, and the next call finds nothing new", async (pipeline) => {
  await using server = startRatesServer();
  const settings = { ...settingsOf(pipeline), RATES_URL: server.RATES_URL };
  const first = await etl(["rates", "--from", daysAgo(4)], settings);
  assertEquals(first.code, 0, first.stderr);
  assertMatch(first.stdout, /^read \d+ rows from 5 documents in /);
  const days = await pipeline.sql`SELECT rate_date FROM fact_exchange_rate GROUP BY 1`;
  assertEquals(days.length, 5);
  const second = await etl(["rates"], settings);
  assertEquals(second.code, 0, second.stderr);
  assertMatch(second.stdout, /^nothing new, checked in /);
});

test("etl rates reports a day that was never published, and --json has every document", async (pipeline) => {
  const gap = daysAgo(5);
  await using server = startRatesServer((request) =>
    request.url.includes(gap) ? new Response(null, { status: 404 }) : serveRates(request)
  );
  const settings = { ...settingsOf(pipeline), RATES_URL: server.RATES_URL };
  const { code, stdout } = await etl(["rates", "--from", daysAgo(6)], settings);
  assertEquals(code, 0);
  assertStringIncludes(stdout, `warning: 1 document is missing:\n  ${gap}/eur: `);
  const { stdout: json } = await etl(["rates", "--from", daysAgo(7), "--json"], settings);
  const { documents } = JSON.parse(json);
  assertEquals(documents.map(({ name }: { name: string }) => name), [`${daysAgo(7)}/eur`]);
});

test("etl rates asks the next URL when one does not answer, and fails when none does", async (pipeline) => {
  await using server = startRatesServer();
  const down = "http://127.0.0.1:1/{date}/{code}";
  const settings = { ...settingsOf(pipeline), RATES_URL: `${down} ${server.RATES_URL}` };
  const from = ["--from", daysAgo(1)];
  const { code, stdout, stderr } = await etl(["rates", ...from], settings);
  assertEquals(code, 0, stderr);
  assertStringIncludes(stdout, "from 2 documents");
  const failed = await etl(["rates", "--from", daysAgo(2), "--rates-url", down], settings);
  assertEquals(failed.code, 1);
  assertStringIncludes(failed.stderr, "SourceError");
  assertStringIncludes(failed.stderr, "RATES_URL");
});

test("etl files loads each file once, and replaces the rows of a file that changed", async (pipeline) => {
  await using folder = await temporaryFolder();
  const settings = { ...settingsOf(pipeline), FILES_URL: pathToFileURL(folder.path).href };
  await run(pipeline); // the staff that targets refer to
  const write = (name: string, text: string) => Deno.writeTextFile(join(folder.path, name), text);
  const targets = async () => {
    const rows = await pipeline.sql`SELECT target::text FROM fact_sales_target ORDER BY 1`;
    return rows.map(({ target }) => target);
  };
  await write("2026.csv", `${HEADER}1,2026-11,GBP,1250.00\n`);
  const first = await etl(["files"], settings);
  assertEquals(first.code, 0, first.stderr);
  assertMatch(first.stdout, /^read 1 row from 1 document in /);
  assertEquals(await targets(), ["1250.00"]);
  assertMatch((await etl(["files"], settings)).stdout, /^nothing new, checked in /);
  await write("2026.csv", `${HEADER}1,2026-11,GBP,1300.00\n1,2026-12,GBP,900\n`);
  assertMatch((await etl(["files"], settings)).stdout, /^read 2 rows from 1 document in /);
  assertEquals(await targets(), ["1300.00", "900.00"]);
});

test("etl files names the files that were refused or are duplicates", async (pipeline) => {
  await using folder = await temporaryFolder();
  const settings = { ...settingsOf(pipeline), FILES_URL: pathToFileURL(folder.path).href };
  await run(pipeline);
  const write = (name: string, text: string) => Deno.writeTextFile(join(folder.path, name), text);
  await write("a.csv", `${HEADER}1,2026-11,GBP,1250.00\n`);
  await write("b.csv", `${HEADER}1,2026-11,GBP,1250.00\n`);
  await write("c.csv", "staff_id,month\n1,2026-11\n");
  const { code, stdout } = await etl(["files"], settings);
  assertEquals(code, 0);
  assertStringIncludes(stdout, "from 1 document in ");
  assertMatch(stdout, /^warning: 1 document is refused:\n {2}c\.csv: .+$/m);
  assertMatch(stdout, /^1 document is not loaded again:\n {2}b\.csv: same content as a\.csv/m);
  assertStringIncludes(stdout, "next: deno task etl quarantine list");
  const { stdout: listed } = await etl(["quarantine", "list"], settings);
  assertMatch(listed, /^fact_sales_target {2}c\.csv /m);
});

test("status, verify, quarantine and replay show every source", async (pipeline) => {
  await using server = startRatesServer();
  await using folder = await temporaryFolder();
  await using target = await testDatabase("target");
  const settings = {
    ...settingsOf(pipeline),
    RATES_URL: server.RATES_URL,
    FILES_URL: folder.url,
    TARGET_URL: target.url,
  };
  const write = (name: string, text: string) => Deno.writeTextFile(join(folder.path, name), text);
  await write("a.csv", `${HEADER}1,2026-11,GBP,1250.00\n1,November,GBP,1\n`);
  await write("b.csv", "staff_id\n1\n");
  for (const command of ["run", "rates", "files"]) {
    const { code, stderr } = await etl([command], settings);
    assertEquals(code, 0, stderr);
  }
  const { stdout: status } = await etl(["status"], settings);
  assertMatch(status, /^rates: \d+ commits? extracted, \d+ transformed, \d+ loaded; /m);
  assertMatch(status, /^files: 2 commits extracted, 2 transformed, 2 loaded; /m);
  const { stdout: quarantine } = await etl(["quarantine", "list"], settings);
  assertMatch(quarantine, /^fact_sales_target {2}a\.csv\/000000000002 .*month/m);
  assertMatch(quarantine, /^fact_sales_target {2}b\.csv .*missing columns/m);
  const verified = await etl(["verify"], settings);
  assertMatch(verified.stdout, /^fact_exchange_rate +\d+ +\d+ +0$/m);
  assertMatch(verified.stdout, /^fact_sales_target +\d+ +1 +/m);
  await write("a.csv", `${HEADER}1,2026-11,GBP,1250.00\n`);
  await write("b.csv", `${HEADER}1,2026-12,GBP,900\n`);
  await etl(["files"], settings);
  const equal = await etl(["verify"], settings);
  assertEquals(equal.code, 0, equal.stdout);
  assertMatch(equal.stdout, /^fact_sales_target +2 +2 +0$/m);
  const replayed = await etl(["replay", "--into-env", "TARGET_URL"], settings);
  assertEquals(replayed.code, 0, replayed.stderr);
  const rebuilt = await etl(["verify"], { ...settings, WAREHOUSE_URL: target.url });
  assertEquals(rebuilt.code, 0, rebuilt.stdout);
});

test("REFERENCE_CURRENCY is the currency of every command that loads", async (pipeline) => {
  await using server = startRatesServer();
  const settings = {
    ...settingsOf(pipeline),
    RATES_URL: server.RATES_URL,
    REFERENCE_CURRENCY: "usd",
  };
  const currencies = async () => {
    const rows = await pipeline.sql`SELECT DISTINCT reference_currency FROM fact_payment_converted`;
    return rows.map(({ reference_currency }) => reference_currency);
  };
  assertEquals((await etl(["run"], settings)).code, 0);
  // The views are created with the first rates.
  for (const command of ["rates", "run", "reconcile", "load"]) {
    const { code, stderr } = await etl([command], settings);
    assertEquals([code, await currencies()], [0, ["USD"]], `${command}: ${stderr}`);
  }
  await pipeline.sourceSql`UPDATE payment SET paid = NOT paid`;
  assertEquals((await etl(["run", "--reference-currency", "EUR"], settings)).code, 0);
  assertEquals(await currencies(), ["EUR"]);
});

test("the commands of a source name the setting that is off or wrong", async (pipeline) => {
  const settings = settingsOf(pipeline);
  const wrong: [string[], string][] = [
    [["files"], "FILES_URL is off. Set it to the URL of the folder"],
    [["rates", "--rates-url", "off"], "RATES_URL is off. Set it to the URLs of the exchange rates"],
    [["rates", "--from", "2026-02-30"], "--from is not a date, YYYY-MM-DD"],
    [["rates", "--from", "yesterday"], "--from is not a date, YYYY-MM-DD"],
    [["rates", "--rates-base", "euro"], "RATES_BASE is not a code of three letters"],
    [["files", "--files-url", "/srv/targets"], "FILES_URL is not a URL"],
  ];
  for (const [args, message] of wrong) {
    const { code, stdout, stderr } = await etl(args, settings);
    assertEquals([code, stdout], [2, ""], args.join(" "));
    assertStringIncludes(stderr, message);
    assertStringIncludes(stderr, "next: deno task etl help settings");
  }
});

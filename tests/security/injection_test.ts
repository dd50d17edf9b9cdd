/**
 * SQL, paths and escape sequences in every text that comes from outside are never executed,
 * followed or drawn.
 */
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { design } from "../../schemas/mod.ts";
import { EtlError } from "../../sdk/errors.ts";
import { extract } from "../../sdk/extract/extract.ts";
import type { IngestionCommit } from "../../sdk/lake/commit.ts";
import { ingestionZone } from "../../sdk/lake/zone.ts";
import { load } from "../../sdk/load/load.ts";
import { listQuarantine } from "../../sdk/operate/quarantine.ts";
import { reconcile } from "../../sdk/operate/compare/reconcile.ts";
import { run } from "../../sdk/operate/run.ts";
import { status } from "../../sdk/operate/status.ts";
import { verify } from "../../sdk/operate/compare/verify.ts";
import { connect } from "../../sdk/postgres/connection.ts";
import { transform } from "../../sdk/transform/transform.ts";
import { etl } from "../functions/cli/cli.ts";
import { forgeIngestion, forgeObject, forgeProcessed, undo } from "../hostile/forgery.ts";
import { settingsOf, test, type TestPipeline } from "../operate/pipelines.ts";
import { insert } from "../support/source.ts";

/** Each would create a table `pwned` if it were ever executed as SQL. */
const PAYLOADS = [
  "'; CREATE TABLE pwned (); --",
  `"; CREATE TABLE pwned (); --`,
  "1); CREATE TABLE pwned (); --",
  "$$; CREATE TABLE pwned (); $$",
  "\\'; CREATE TABLE pwned (); --",
  "}'::xid[]); CREATE TABLE pwned (); --",
  "x') || (CREATE TABLE pwned ()) --",
  "\n\\.\nCREATE TABLE pwned ();\n",
  "{1,2}",
  '","reason":"forged"}',
  "%s %I $1",
  "\u001b[2J\u001b]0;pwned\u0007",
  "1\nthe warehouse equals the source.",
];

async function assertUntouched({ sourceSql, sql }: TestPipeline): Promise<void> {
  for (const at of [sourceSql, sql]) {
    assertEquals((await at`SELECT FROM pg_class WHERE relname = 'pwned'`).length, 0);
  }
}

async function refusal(work: () => Promise<unknown>): Promise<EtlError | undefined> {
  try {
    await work();
  } catch (error) {
    assert(error instanceof EtlError, `an error of no name: ${error}`);
    return error;
  }
}

test("a value never becomes SQL: as content, as a key, in quarantine, in a tombstone", async (pipeline) => {
  const { sourceSql, sql } = pipeline;
  // Postgres allows text where the spec says integer: such a key must be refused as data.
  for (const [i, text] of PAYLOADS.entries()) {
    await insert(sourceSql, design, { design_id: 10 + i, design_name: text, file_location: text });
  }
  await sourceSql`UPDATE sales_order SET agreed_payment_date = ${PAYLOADS[0]}`;
  await run(pipeline);
  const names =
    await sql`SELECT design_name FROM dim_design WHERE design_id >= 10 ORDER BY design_id`;
  assertEquals(names.map(({ design_name }) => design_name), PAYLOADS);
  const [entry] = await listQuarantine(pipeline);
  assertStringIncludes(entry.reason, JSON.stringify(PAYLOADS[0]));
  await sourceSql`DELETE FROM design WHERE design_id >= 10`;
  assertEquals((await reconcile(pipeline)).deleted, { design: PAYLOADS.length });
  await assertUntouched(pipeline);
});

test("what the operator types never becomes SQL", async (pipeline) => {
  await run(pipeline);
  for (const text of PAYLOADS) {
    assertEquals((await listQuarantine(pipeline, { table: text, key: text })).length, 0);
    await refusal(() => extract({ ...pipeline, run: text }));
    await refusal(() => run({ ...pipeline, run: text } as typeof pipeline));
  }
  const outputs = await Promise.all([
    etl(["quarantine", "show", PAYLOADS[0], PAYLOADS[1]], settingsOf(pipeline)),
    etl(["run", `--quarantine-limit=${PAYLOADS[2]}`], settingsOf(pipeline)),
    etl(["run"], { ...settingsOf(pipeline), RECONCILE_MINUTES: PAYLOADS[3] }),
    etl([PAYLOADS[0]], settingsOf(pipeline)),
  ]);
  assertEquals(outputs.map(({ code }) => code), [1, 2, 2, 2]);
  await assertUntouched(pipeline);
});

test("a run's id is one name in the lake, or is refused", async (pipeline) => {
  for (const name of ["../../../../escaped", "/../x", "a\\..\\b", "\0", "..", ".", "a/b"]) {
    await pipeline.sourceSql`UPDATE department SET manager = ${name.replaceAll("\0", "")}`;
    const error = await refusal(() => extract({ ...pipeline, run: name }));
    if (!error) continue;
    assertStringIncludes(error.message, "cannot be the key of an object");
  }
  const keys = await Array.fromAsync(pipeline.ingestion.list(""));
  assert(
    keys.every((key) => /^[a-z_]+\/(\d+\/){3}\d{12}-|^_log\/\d{12}\.json$/.test(key)),
    keys.join("\n"),
  );
});

test("no part of a URL becomes SQL or takes effect silently", async (pipeline) => {
  await run(pipeline);
  for (const text of PAYLOADS) {
    for (const part of ["pathname", "username", "password"] as const) {
      const url = new URL(pipeline.source);
      url[part] = encodeURIComponent(text);
      await refusal(() => extract({ ...pipeline, source: url.href }));
    }
    for (
      const parameter of ["search_path", "options", "application_name", "statement_timeout", text]
    ) {
      const url = new URL(pipeline.source);
      url.searchParams.set(parameter, text);
      await refusal(() => extract({ ...pipeline, source: url.href }));
    }
  }
  await assertUntouched(pipeline);
  const nul = new URL(pipeline.source);
  nul.search = "application_name=x%00user%00postgres";
  await using connection = connect(pipeline.source);
  await connection.query("SELECT 1");
  await assertRejects(() => extract({ ...pipeline, source: nul.href }), EtlError, "not a URL");
});

/** What every field of a forged ingestion commit can hold. */
function ingestionForgeries(head: IngestionCommit, text: string): Record<string, unknown>[] {
  const { snapshot } = head;
  const object = Object.values(head.tables)[0];
  return [
    { sequence: text },
    { run: text },
    { mode: text },
    ...["system", "database", "taken_at", "xmin", "xmax"].map((name) => ({
      snapshot: { ...snapshot, [name]: text },
    })),
    { snapshot: { ...snapshot, visible: [text] } },
    { snapshot: { ...snapshot, taken_at: "9999-99-99T99:99:99Z" } },
    { snapshot: { ...snapshot, xmin: "9".repeat(40) } },
    { snapshot: { ...snapshot, visible: [9e15] } },
    { columns: { [text]: [text], design: [text] } },
    { partial: { [text]: text, design: text, payment: text } },
    { tables: { [text]: object, "../../design": object } },
    { deleted: { [text]: object } },
    ...["key", "rows", "bytes", "sha256"].map((name) => ({
      tables: { design: { ...object, [name]: text } },
    })),
  ];
}

test("hostile text in an ingestion commit is refused or only ever a name", async (pipeline) => {
  await run(pipeline);
  const { log } = ingestionZone(pipeline.ingestion);
  const head = (await log.head())!;
  for (const text of PAYLOADS.slice(3, 7)) {
    for (const changes of ingestionForgeries(head, text)) {
      const sequence = await forgeIngestion(pipeline.ingestion, changes);
      await refusal(() => extract(pipeline));
      await refusal(() => transform(pipeline));
      for (let last = await newest(pipeline.ingestion, sequence); last >= sequence; last--) {
        await undo(pipeline.ingestion, last);
      }
      for (let last = await newest(pipeline.processed, 1); last > 1; last--) {
        await undo(pipeline.processed, last);
      }
    }
  }
  await assertUntouched(pipeline);
  await run(pipeline);
  assert((await verify(pipeline)).equal);
});

/** Returns the number of the newest commit, readable or not. */
async function newest(store: TestPipeline["ingestion"], atLeast: number): Promise<number> {
  let last = atLeast - 1;
  for await (const key of store.list("_log/")) last = Math.max(last, parseInt(key.slice(5)));
  return last;
}

test("hostile text in a processed commit is refused or only ever a name", async (pipeline) => {
  await run(pipeline);
  const object = await forgeObject(pipeline.processed, '{"key":1,"reason":"x","row":{}}\n');
  for (const text of PAYLOADS.slice(3, 7)) {
    const forgeries: Record<string, unknown>[] = [
      { run: text, taken_at: text },
      { taken_at: "9999-99-99T99:99:99Z" },
      { transform_version: text, mode: text },
      { ingestion_sequence: text },
      { tables: { dim_design: { ...object, key: text } } },
      { tables: { dim_design: { ...object, rows: text } } },
      { deleted: { dim_design: { ...object, sha256: text } } },
    ];
    for (const changes of forgeries) {
      const sequence = await forgeProcessed(pipeline.processed, changes);
      assert(await refusal(() => load(pipeline)), JSON.stringify(changes));
      await undo(pipeline.processed, sequence);
    }
  }
  const reason = `bad'; CREATE TABLE pwned (); --`;
  const quarantined = await forgeObject(
    pipeline.processed,
    PAYLOADS.map((key) => JSON.stringify({ key, reason, row: { key } }) + "\n").join(""),
  );
  await forgeProcessed(pipeline.processed, {
    run: PAYLOADS[0],
    incomplete: [PAYLOADS[1]],
    quarantined: { dim_design: quarantined, [PAYLOADS[1]]: quarantined },
  });
  await load(pipeline);
  const keys = (await listQuarantine(pipeline)).map(({ key }) => key).sort();
  assertEquals(keys, PAYLOADS.toSorted());
  await status(pipeline);
  const error = await refusal(() => reconcile(pipeline));
  assertStringIncludes(error!.message, "made from another ingestion zone");
  await assertUntouched(pipeline);
});

/** Keys that lead out of the zone or to something that is not data. */
const KEYS = [
  "../processed/_log/000000000001.json",
  "design/../../../../../../../etc/passwd",
  "/etc/passwd",
  "file:///etc/passwd",
  "..",
  "",
  "design",
  "_log/000000000001.json",
  ".tmp/x",
  "design\\..\\..\\x",
  "design/\0",
];

test("an object's key cannot leave its zone", async (pipeline) => {
  await run(pipeline);
  const outside = "/etc/passwd";
  const secret = await Deno.readTextFile(outside).catch(() => "no such file here");
  const zones = [[pipeline.ingestion, forgeIngestion, transform], [
    pipeline.processed,
    forgeProcessed,
    load,
  ]] as const;
  for (const [store, forge, stage] of zones) {
    const table = stage === load ? "dim_design" : "design";
    const object = await forgeObject(store, secret);
    for (const key of KEYS) {
      for (
        const kind of stage === load ? ["tables", "deleted", "quarantined"] : ["tables", "deleted"]
      ) {
        const sequence = await forge(store, { [kind]: { [table]: { ...object, key } } });
        const error = await refusal(() => stage(pipeline));
        assert(error, `${kind} ${key}`);
        assert(!error.message.includes(secret.slice(0, 20)), error.message);
        await undo(store, sequence);
      }
    }
  }
});

test("text in a row cannot move the cursor, start a line or change the writing direction", async (pipeline) => {
  const { sourceSql } = pipeline;
  const nasty =
    "\u001b[2J\u001b[1;31m\u0007\u009b5A\r\nOK: every row and column matches the source.\u202e\u2066";
  await sourceSql`UPDATE sales_order SET agreed_payment_date = ${nasty}`;
  await sourceSql`ALTER TABLE payment ALTER COLUMN payment_date TYPE text`;
  await sourceSql`UPDATE payment SET payment_date = ${nasty}`;
  const settings = settingsOf(pipeline);
  for (
    const args of [["run"], ["quarantine", "list"], ["verify"], [
      "quarantine",
      "show",
      "fact_payment",
      "1",
    ]]
  ) {
    const { stdout, stderr } = await etl(args, settings);
    const said = stdout + stderr;
    assert(!/(?!\n)[\p{Cc}\p{Bidi_Control}]/u.test(said), JSON.stringify(said));
    assert(!/^OK: every row/m.test(said), said);
  }
});

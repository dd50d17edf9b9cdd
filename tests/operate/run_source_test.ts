import { assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import { LakeError, SourceError } from "../../sdk/errors.ts";
import { load } from "../../sdk/load/load.ts";
import { runSource, type RunSourceOptions } from "../../sdk/operate/run_source.ts";
import { replay } from "../../sdk/operate/replay/replay.ts";
import type { Source } from "../../sdk/sources/source.ts";
import {
  documentSeries,
  rowsOfDocument,
  shelf,
  type ShelfDocument,
  shelfModel,
} from "../sources/shelf.ts";
import { failingAt } from "../sources/failing_store.ts";
import { testLake } from "../support/lake.ts";
import { type TestDatabase, testDatabase } from "../support/postgres.ts";
import { propertyRuns, slowTest } from "../support/slow.ts";

type Pipeline = Omit<RunSourceOptions, "source"> & Pick<TestDatabase, "sql">;

function test(name: string, body: (pipeline: Pipeline) => Promise<void>): void {
  Deno.test(name, async () => {
    await using lake = await testLake();
    await using database = await testDatabase("warehouse");
    const { url: warehouse, sql } = database;
    const { ingestion, processed } = lake;
    await body({ ingestion, processed, warehouse, sql, model: shelfModel });
  });
}

const runAll = async (pipeline: Pipeline, ...documents: ShelfDocument[]) =>
  await runSource({ ...pipeline, source: shelf(documents) });

/** The rows of both facts: the key and the words. */
async function factsOf({ sql }: Pipeline): Promise<Record<string, string>> {
  const rows = await sql`SELECT note_id, words FROM fact_note
    UNION ALL SELECT note_id, words FROM fact_letter`;
  return Object.fromEntries(rows.map(({ note_id, words }) => [note_id, words]));
}

/** The keys in quarantine, with their reasons. */
async function quarantineOf({ sql }: Pipeline): Promise<Record<string, string>> {
  const rows = await sql`SELECT key, reason FROM etl.quarantine`;
  return Object.fromEntries(rows.map(({ key, reason }) => [key, reason]));
}

const first: ShelfDocument = {
  name: "a.csv",
  version: "1",
  rows: { 1: { words: "one", amount: "1.50" }, 2: { words: "two", amount: null } },
};

test("runSource() loads what the source delivers, and the next run what has changed", async (pipeline) => {
  const result = await runAll(pipeline, first);
  assertEquals(result.documents.map(({ name, outcome }) => [name, outcome]), [["a.csv", "read"]]);
  assertEquals([result.commits.length, result.load.sequence, result.stopped], [1, 1, false]);
  assertEquals(await factsOf(pipeline), { "a.csv/1": "one", "a.csv/2": "two" });
  const again = await runAll(pipeline, first);
  assertEquals([again.documents, again.load.commits], [[], []]);
  await runAll(pipeline, { ...first, version: "2", rows: { 2: { words: "zwei", amount: null } } });
  assertEquals(await factsOf(pipeline), { "a.csv/2": "zwei" });
});

test("runSource() puts a document that cannot be read into quarantine, until a later version can", async (pipeline) => {
  await runAll(pipeline, first);
  await runAll(pipeline, { ...first, version: "2", refused: "line 7: 3 fields, not 4" });
  assertEquals(await quarantineOf(pipeline), { "a.csv": "line 7: 3 fields, not 4" });
  assertEquals(Object.keys(await factsOf(pipeline)).length, 2);
  const [{ content }] = await pipeline.sql`SELECT content FROM etl.quarantine`;
  assertEquals([content.document, content.version], ["a.csv", "2"]);
  assertEquals(content.sha256.length, 64);
  await runAll(pipeline, { ...first, version: "3" });
  assertEquals(await quarantineOf(pipeline), {});
});

test("runSource() puts a document with too many invalid rows into quarantine as a whole, and loads the next", async (pipeline) => {
  const rows = (amount: (place: number) => string) =>
    Object.fromEntries(
      Array.from({ length: 150 }, (_, place) => [
        `${place + 100}`,
        { words: `${place}`, amount: amount(place) },
      ]),
    );
  const good = { ...first, rows: rows(() => "1.00") };
  await runAll(pipeline, good);
  const bad = { ...good, version: "2", rows: rows((place) => place < 101 ? "1,00" : "1.00") };
  const { documents, load } = await runAll(pipeline, bad, { ...first, name: "b.csv" });
  assertEquals(documents.map(({ name, outcome, rows }) => [name, outcome, rows]), [
    ["a.csv", "refused", 0],
    ["b.csv", "read", 2],
  ]);
  assertEquals(load.sequence, 3);
  const { "a.csv": reason, ...others } = await quarantineOf(pipeline);
  assertEquals(others, {});
  assertEquals(
    reason,
    "at least 101 rows for fact_note are invalid, more than the limit; for example: note a.csv/200: " +
      'amount: expected a finite decimal number as text, got "1,00"',
  );
  assertEquals(Object.keys(await factsOf(pipeline)), ["b.csv/1", "b.csv/2"]);
  const same: ShelfDocument = { ...bad, version: "2b", content: JSON.stringify(bad) };
  await runAll(pipeline, { ...same, reported: "duplicate" });
  assertEquals(Object.keys(await quarantineOf(pipeline)), ["a.csv"]);
  await runAll(pipeline, { ...good, version: "3" });
  assertEquals(await quarantineOf(pipeline), {});
  assertEquals(Object.keys(await factsOf(pipeline)).length, 152);
});

test("a replay with a higher limit accepts the rows of a document that had too many invalid ones", async (pipeline) => {
  const places = Array.from({ length: 150 }, (_, place) => `${place + 100}`);
  const rowOf = (amount: string) => ({ words: "x", amount });
  const rows = Object.fromEntries(
    places.map((place) => [place, rowOf(place < "201" ? "1,00" : "1.00")]),
  );
  await runAll(pipeline, { ...first, rows });
  assertEquals(Object.keys(await quarantineOf(pipeline)), ["a.csv"]);
  await using database = await testDatabase("replayed");
  const { ingestion, processed, model } = pipeline;
  const lake = { ingestion, processed, model, fromIngestion: true };
  await replay({ ...lake, into: database.url, quarantineLimit: 100 });
  const replayed = { ...pipeline, ...database };
  assertEquals(Object.keys(await factsOf(replayed)).length, 49);
  assertEquals(Object.keys(await quarantineOf(replayed)).length, 101);
});

const UNSTORABLE: Record<string, Record<string, unknown>> = {
  "a NUL": { words: "a\0b" },
  "half of a character": { words: "a\ud83d" },
  "a number as text": { words: 7 },
  "no value": {},
  "too many digits": { words: "x", amount: "12345.00" },
  "too many decimals": { words: "x", amount: "1.005" },
  "a decimal comma": { words: "x", amount: "1,00" },
  "a number where decimals are text": { words: "x", amount: 1.5 },
};

test("runSource() puts every row with a value that its column cannot hold into quarantine", async (pipeline) => {
  const entries = Object.entries(UNSTORABLE).map(([, row], place) =>
    [`${place}`, { amount: null, ...row }] as const
  );
  const rows = { ...Object.fromEntries(entries), good: { words: "x", amount: "1.00" } };
  await runAll(pipeline, { ...first, rows });
  assertEquals(await factsOf(pipeline), { "a.csv/good": "x" });
  const keys = Object.keys(await quarantineOf(pipeline)).sort();
  assertEquals(keys, entries.map(([place]) => `a.csv/${place}`));
  await runAll(pipeline, { ...first, version: "2" });
  assertEquals(await quarantineOf(pipeline), {});
});

test("runSource() puts a row into quarantine when a function of the model throws", async (pipeline) => {
  const { shelf: { source, warehouse: [fact, letters] } } = pipeline.model!.sources!;
  const make = (row: Readonly<Record<string, unknown>>) => {
    if (row.words === "two") throw new RangeError("two is not allowed");
    if (row.words === "three") throw "a text"; // not an Error
    return row as Record<string, string>;
  };
  const byFunction = { ...fact, row: { version: 1, make } } as typeof fact;
  const model = {
    ...pipeline.model!,
    sources: { shelf: { source, warehouse: [byFunction, letters] } },
  };
  const rows = { ...first.rows, 3: { words: "three", amount: null } };
  await runAll({ ...pipeline, model }, { ...first, rows });
  assertEquals(await factsOf(pipeline), { "a.csv/1": "one" });
  assertEquals(await quarantineOf(pipeline), {
    "a.csv/2": "note a.csv/2: two is not allowed",
    "a.csv/3": "note a.csv/3: a text",
  });
});

test("runSource() loads what the source delivered before it failed", async (pipeline) => {
  const failing: Source = {
    name: "shelf",
    async *deliveries(ledger, options) {
      yield* shelf([first]).deliveries(ledger, options);
      throw new TypeError("no route to host");
    },
  };
  await assertRejects(() => runSource({ ...pipeline, source: failing }), SourceError, "no route");
  assertEquals(Object.keys(await factsOf(pipeline)), ["a.csv/1", "a.csv/2"]);
});

test("runSource() continues where a failed run stopped", async (pipeline) => {
  for (const zone of ["ingestion", "processed"] as const) {
    const store = pipeline[zone];
    const broken = { ...store, url: store.url, list: store.list, get: store.get };
    const failing = {
      ...broken,
      get: (...args: Parameters<typeof store.get>) => store.get(...args),
      list: (...args: Parameters<typeof store.list>) => store.list(...args),
      put: (key: string) => Promise.reject(new LakeError(`cannot write ${key}`)),
    };
    const document = { ...first, name: `${zone}.csv` };
    await assertRejects(() => runAll({ ...pipeline, [zone]: failing }, document), LakeError);
    await runAll(pipeline, document);
  }
  assertEquals(Object.keys(await factsOf(pipeline)).length, 4);
  const applied = await pipeline.sql`SELECT sequence::int FROM etl.applied_commit ORDER BY 1`;
  assertEquals(applied.map(({ sequence }) => sequence), [1, 2]);
  assertEquals((await load({ ...pipeline, sourceName: "shelf" })).commits, []);
});

test("runs of a source at once load every document once", async (pipeline) => {
  const documents = Array.from({ length: 6 }, (_, place) => ({ ...first, name: `${place}.csv` }));
  const results = await Promise.all([1, 2, 3].map(() => runAll(pipeline, ...documents)));
  const read = results.flatMap(({ documents }) => documents.map(({ name }) => name)).sort();
  assertEquals(read, documents.map(({ name }) => name));
  assertEquals(results.reduce((sum, { load }) => sum + load.commits.length, 0), 6);
  assertEquals(Object.keys(await factsOf(pipeline)).length, 12);
});

slowTest(
  "runSource() continues after a failure of any request to the lake, with the same warehouse",
  async () => {
    const series: ShelfDocument[] = [
      { ...first, rows: { ...first.rows, 3: { words: "a\0b", amount: null } } },
      { ...first, name: "b.csv", refused: "it is broken" },
      { ...first, version: "2", rows: { 2: { words: "zwei", amount: null } } },
      { ...first, name: "b.csv", version: "2" },
    ];
    for (let place = 0, isDone = false; !isDone; place++) {
      await using lake = await testLake();
      await using database = await testDatabase("warehouse");
      const { url: warehouse, sql } = database;
      const pipeline: Pipeline = { ...lake, warehouse, sql, model: shelfModel };
      const requests = { count: 0 };
      const failing = {
        ...pipeline,
        ingestion: failingAt(lake.ingestion, place, requests),
        processed: failingAt(lake.processed, place, requests),
      };
      let done = 0;
      const runEach = async (pipeline: Pipeline) => {
        for (; done < series.length; done++) await runAll(pipeline, series[done]);
      };
      await runEach(failing).then(() => isDone = true, () => {});
      // The document at hand can be in the lake already.
      await runEach(pipeline);
      await runAll(pipeline);
      const { facts, quarantine } = expected(series);
      assertEquals(await factsOf(pipeline), facts);
      assertEquals(Object.keys(await quarantineOf(pipeline)), quarantine);
      const [{ count }] = await sql`SELECT count(*)::int AS count FROM etl.applied_commit`;
      assertEquals(count, series.length);
    }
  },
);

/** Versions of a few documents; some cannot be read, and some rows are invalid. */
const versions = documentSeries(
  fc.record({
    name: fc.constantFrom("a", "a/b", "c"),
    rows: fc.dictionary(
      fc.constantFrom("1", "2", "3"),
      fc.record({ words: fc.constantFrom("x", "y", "a\0b"), amount: fc.constant(null) }),
    ),
  }),
  10,
);

/** What the warehouse has to hold after these documents: facts, and the keys in quarantine. */
function expected(series: readonly ShelfDocument[]) {
  const facts = new Map<string, string>();
  const quarantine = new Set<string>();
  const keys = new Map<string, string[]>();
  for (const document of series) {
    if (document.refused) {
      quarantine.add(document.name);
      continue;
    }
    quarantine.delete(document.name);
    const rows = document.reported ? [] : rowsOfDocument(document);
    const now = rows.map(({ note_id }) => note_id as string);
    for (const key of keys.get(document.name) ?? []) {
      if (now.includes(key)) continue;
      facts.delete(key);
      quarantine.delete(key);
    }
    keys.set(document.name, now);
    for (const { note_id, words } of rows as { note_id: string; words: string }[]) {
      // The next version of a document replaces all rows of the one before.
      if (words.includes("\0")) facts.delete(note_id), quarantine.add(note_id);
      else facts.set(note_id, words), quarantine.delete(note_id);
    }
  }
  return { facts: Object.fromEntries(facts), quarantine: [...quarantine].sort() };
}

test("after any versions of documents, the warehouse has the rows of the newest ones", async (pipeline) => {
  await fc.assert(
    fc.asyncProperty(versions, fc.integer({ min: 1, max: 4 }), async (series, atOnce) => {
      await using lake = await testLake();
      await pipeline.sql`DROP SCHEMA IF EXISTS etl CASCADE`;
      await pipeline.sql`DROP SCHEMA public CASCADE`;
      await pipeline.sql`CREATE SCHEMA public`;
      const { ingestion, processed } = lake;
      for (let place = 0; place < series.length; place += atOnce) {
        await runAll(
          { ...pipeline, ingestion, processed },
          ...series.slice(place, place + atOnce),
        );
      }
      if (series.length === 0) return;
      const { facts, quarantine } = expected(series);
      assertEquals(await factsOf(pipeline), facts);
      assertEquals(Object.keys(await quarantineOf(pipeline)).sort(), quarantine);
    }),
    { numRuns: propertyRuns({ quick: 2, all: 60 }) },
  );
});

import { assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import type { AnyRow } from "../../schemas/table.ts";
import { SourceError } from "../../sdk/errors.ts";
import { readLedger } from "../../sdk/lake/ledger.ts";
import { sourceStore } from "../../sdk/lake/source_store.ts";
import { readAll } from "../../sdk/lake/store.ts";
import { ingestionZone } from "../../sdk/lake/zone.ts";
import { extractDeliveries } from "../../sdk/sources/extract_source.ts";
import type { Source } from "../../sdk/sources/source.ts";
import { ingestionCommits, rowsOf, type TestLake, testLake } from "../support/lake.ts";
import { propertyRuns, slowTest } from "../support/slow.ts";
import { failingAt } from "./failing_store.ts";
import { documentSeries, rowsOfDocument, shelf, type ShelfDocument, shelfModel } from "./shelf.ts";

async function extract(lake: Pick<TestLake, "ingestion">, source: Source, ledgerEvery = 3) {
  const options = { source, ingestion: lake.ingestion, model: shelfModel };
  return await extractDeliveries(options, ledgerEvery);
}

const zoneOf = ({ ingestion }: Pick<TestLake, "ingestion">) =>
  ingestionZone(sourceStore(ingestion, "shelf"));

/** What a reader of the log has: the rows by table and key. */
async function fold(lake: TestLake): Promise<Record<string, AnyRow>> {
  const { store } = zoneOf(lake);
  const rows = new Map<string, AnyRow>();
  for (const { tables, deleted } of await ingestionCommits(store)) {
    for (const [table, object] of Object.entries(tables)) {
      for (const row of await rowsOf(store, object)) rows.set(`${table} ${row.note_id}`, row);
    }
    for (const [table, object] of Object.entries(deleted)) {
      for (const row of await rowsOf(store, object)) rows.delete(`${table} ${row.note_id}`);
    }
  }
  return Object.fromEntries([...rows].sort());
}

const first: ShelfDocument = {
  name: "a.csv",
  version: "1",
  rows: { 1: { words: "one", amount: "1.50" }, 2: { words: "two", amount: null } },
};

Deno.test("extractSource() writes a document's rows, bytes and record into one commit", async () => {
  await using lake = await testLake();
  const { commits, documents } = await extract(lake, shelf([first]));
  const [commit] = commits;
  assertEquals(commits.length, 1);
  assertEquals(commit.sequence, 1);
  assertEquals(commit.mode, "delta");
  assertEquals(commit.columns, {
    note: ["note_id", "words", "amount"],
    letter: ["note_id", "words", "amount"],
  });
  assertEquals(commit.keys, { note: "note_id" });
  const { store } = zoneOf(lake);
  assertEquals(await rowsOf(store, commit.tables.note), [
    { note_id: "a.csv/1", words: "one", amount: "1.50" },
    { note_id: "a.csv/2", words: "two", amount: null },
  ]);
  const [{ body, bytes, sha256, ...document }] = documents;
  assertEquals(document, { name: "a.csv", version: "1", table: "note", rows: 2, outcome: "read" });
  assertEquals([body!.bytes, body!.sha256], [bytes, sha256]);
  assertEquals(JSON.parse(new TextDecoder().decode(await readAll(store, body!.key))), first);
});

Deno.test("extractSource() deletes the rows that a new version of a document does not have", async () => {
  await using lake = await testLake();
  await extract(lake, shelf([first]));
  const second = { ...first, version: "2", rows: { 2: { words: "zwei" }, 3: { words: "drei" } } };
  const { commits: [commit] } = await extract(lake, shelf([second]));
  const { store } = zoneOf(lake);
  assertEquals(await rowsOf(store, commit.deleted.note), [
    { note_id: "a.csv" }, // an earlier version could be in quarantine as a whole
    { note_id: "a.csv/1" },
  ]);
  assertEquals(Object.keys(await fold(lake)), ["note a.csv/2", "note a.csv/3"]);
});

Deno.test("extractSource() records a document that cannot be read, and keeps the rows of the one before", async () => {
  await using lake = await testLake();
  await extract(lake, shelf([first]));
  const broken = { ...first, version: "2", refused: "line 7: the row has 3 fields, not 4" };
  const { documents: [document], commits: [commit] } = await extract(lake, shelf([broken]));
  assertEquals(document.outcome, "refused");
  assertEquals(document.reason, "line 7: the row has 3 fields, not 4");
  assertEquals(document.rows, 0);
  assertEquals(document.body!.bytes, document.bytes);
  assertEquals([commit.tables, commit.deleted], [{}, {}]);
  const ledger = await readLedger(zoneOf(lake));
  assertEquals(ledger.latest("a.csv")!.version, "2");
  assertEquals(ledger.current("a.csv")!.version, "1");
});

Deno.test("extractSource() replaces the rows of the last version that was read, after one that was refused", async () => {
  await using lake = await testLake();
  await extract(lake, shelf([first]));
  await extract(lake, shelf([{ ...first, version: "2", refused: "no" }]));
  const fixed = { ...first, version: "3", rows: { 1: { words: "eins" } } };
  const { commits: [commit] } = await extract(lake, shelf([fixed]));
  assertEquals(await rowsOf(zoneOf(lake).store, commit.deleted.note), [
    { note_id: "a.csv" }, // leaves the quarantine
    { note_id: "a.csv/2" },
  ]);
});

Deno.test("extractSource() deletes a document's rows when it becomes a duplicate, or moves to another table", async () => {
  await using lake = await testLake();
  await extract(lake, shelf([first, { ...first, name: "b.csv" }]));
  await extract(lake, shelf([{ ...first, version: "2", reported: "duplicate" }]));
  await extract(lake, shelf([{ ...first, name: "b.csv", version: "2", table: "letter" }]));
  assertEquals(Object.keys(await fold(lake)), ["letter b.csv/1", "letter b.csv/2"]);
});

Deno.test("extractSource() changes nothing when a new version has the same content", async () => {
  await using lake = await testLake();
  const document = { ...first, content: "1,1.50" };
  await extract(lake, shelf([document]));
  const again: ShelfDocument = { ...document, version: "2", reported: "duplicate" };
  const { commits: [commit] } = await extract(lake, shelf([again]));
  assertEquals([commit.tables, commit.deleted], [{}, {}]);
  const ledger = await readLedger(zoneOf(lake));
  assertEquals([ledger.latest("a.csv")!.version, ledger.current("a.csv")!.version], ["2", "1"]);
  assertEquals(ledger.withContent(ledger.latest("a.csv")!.sha256)!.version, "1");
});

Deno.test("extractSource() leaves a document that changes while it is read, and reads the next", async () => {
  await using lake = await testLake();
  const { documents } = await extract(
    lake,
    shelf([{ ...first, changes: true }, { ...first, name: "b.csv" }]),
  );
  assertEquals(documents.map(({ name }) => name), ["b.csv"]);
});

Deno.test("a source can read the documents that the lake keeps", async () => {
  await using lake = await testLake();
  await extract(lake, shelf([{ ...first, content: "1,1.50" }]));
  const read: string[] = [];
  const comparing: Source = {
    name: "shelf",
    // deno-lint-ignore require-yield
    async *deliveries(ledger, { readBody }) {
      read.push(new TextDecoder().decode(await readBody!(ledger.latest("a.csv")!.body!)));
    },
  };
  await extract(lake, comparing);
  assertEquals(read, ["1,1.50"]);
});

Deno.test("extractSource() refuses rows that are not in key order, or not under the document's name", async () => {
  await using lake = await testLake();
  const keys = (...keys: unknown[]): Source => ({
    name: "shelf",
    async *deliveries() {
      yield {
        name: "a.csv",
        version: "1",
        table: "note",
        async *rows() {
          for (const note_id of keys) yield await Promise.resolve([{ note_id } as AnyRow]);
        },
        size: () => ({ bytes: 0, sha256: "" }),
      };
    },
  });
  for (
    const wrong of [["a.csv/2", "a.csv/1"], ["a.csv/1", "a.csv/1"], ["b.csv/1"], ["a.csv"], [1]]
  ) {
    const error = await assertRejects(() => extract(lake, keys(...wrong)), SourceError);
    assertEquals(error.message.startsWith("document a.csv has a row with the key "), true);
  }
  // The order is that of UTF-8, in which U+1F600 comes after U+FFFD.
  await extract(lake, keys("a.csv/\u{fffd}", "a.csv/\u{1f600}"));
});

Deno.test("extractSource() asks the source again what is left when another run commits first", async () => {
  await using lake = await testLake();
  const others = [first, { ...first, name: "b.csv", rows: { 1: { words: "other" } } }];
  const asked: (string | undefined)[] = [];
  const slow: Source = {
    name: "shelf",
    async *deliveries(ledger, options) {
      asked.push(ledger.latest("b.csv")?.version);
      for await (
        const delivery of shelf([...others, { ...first, name: "c.csv" }]).deliveries(
          ledger,
          options,
        )
      ) {
        if (asked.length === 1) await extract(lake, shelf(others));
        yield delivery;
      }
    },
  };
  const { documents } = await extract(lake, slow);
  assertEquals(asked, [undefined, "1"]);
  assertEquals(documents.map(({ name }) => name), ["c.csv"]);
  assertEquals((await ingestionCommits(zoneOf(lake).store)).length, 3);
});

Deno.test("extractSource() stops after the document at hand when the signal is aborted", async () => {
  await using lake = await testLake();
  const stop = new AbortController();
  const documents = [first, { ...first, name: "b.csv" }];
  const options = { ingestion: lake.ingestion, model: shelfModel, signal: stop.signal };
  const onProgress = () => stop.abort(new Error("stop"));
  const { commits } = await extractDeliveries(
    { ...options, source: shelf(documents), onProgress },
    3,
  );
  assertEquals(commits.length, 1);
  const impatient: Source = {
    name: "shelf",
    // deno-lint-ignore require-yield
    async *deliveries(_, { signal }) {
      await Promise.resolve();
      throw signal!.reason;
    },
  };
  assertEquals((await extractDeliveries({ ...options, source: impatient }, 3)).commits, []);
});

Deno.test("extractSource() keeps what was delivered before the source fails, and names the source", async () => {
  await using lake = await testLake();
  const failing: Source = {
    name: "shelf",
    async *deliveries(ledger, options) {
      yield* shelf([first]).deliveries(ledger, options);
      throw new TypeError("no route to host");
    },
  };
  const error = await assertRejects(() => extract(lake, failing), SourceError);
  assertEquals(error.message, "cannot read source shelf: no route to host");
  assertEquals(Object.keys(await fold(lake)).length, 2);
});

Deno.test("extractSource() records every commit later than the one before, even if the clock went back", async () => {
  await using lake = await testLake();
  const { commits: [commit] } = await extract(lake, shelf([first]));
  const taken_at = "2999-12-31T23:59:59.999999Z";
  await zoneOf(lake).log.append({ ...commit, sequence: 2, snapshot: { taken_at } });
  const { commits: [next] } = await extract(lake, shelf([{ ...first, version: "2" }]));
  assertEquals(next.snapshot.taken_at, "3000-01-01T00:00:00.000000Z");
});

/** A series of versions of a few documents: every version has other rows, and some have none. */
const versions = documentSeries(
  fc.record({
    name: fc.constantFrom("a", "a/b", "b\u{1f600}", "b\u{fffd}"),
    table: fc.constantFrom("note", "letter"),
    rows: fc.dictionary(
      fc.constantFrom("1", "2", "3", "4"),
      fc.record({ words: fc.constantFrom("x", "y"), amount: fc.constant(null) }),
    ),
  }),
  14,
);

/** What the log has to say after a series: the rows of the newest version of each document that counts. */
function expected(series: readonly ShelfDocument[]): Record<string, AnyRow> {
  const current = new Map<string, ShelfDocument>();
  for (const document of series) if (!document.refused) current.set(document.name, document);
  const rows = [...current.values()].filter(({ reported }) => !reported).flatMap((document) =>
    rowsOfDocument(document).map((row) =>
      [`${document.table ?? "note"} ${row.note_id}`, row] as const
    )
  );
  return Object.fromEntries(rows.sort(([a], [b]) => a < b ? -1 : 1));
}

Deno.test("after any versions of documents, the log has the rows of the newest ones, and the ledger knows them", async () => {
  await fc.assert(
    fc.asyncProperty(versions, async (series) => {
      await using lake = await testLake();
      for (const document of series) await extract(lake, shelf([document]));
      assertEquals(await fold(lake), expected(series));
      const ledger = await readLedger(zoneOf(lake));
      const newest = new Map(series.map((document) => [document.name, document.version]));
      const entries = [...ledger.entries()];
      assertEquals(new Map(entries.map(({ name, version }) => [name, version])), newest);
      for (const { name, sequence, outcome } of entries) {
        assertEquals(String(sequence - 1), newest.get(name));
        if (outcome === "read") assertEquals(ledger.current(name), ledger.latest(name));
      }
    }),
    { numRuns: propertyRuns({ quick: 10, all: 200 }) },
  );
});

slowTest(
  "extractSource() continues after a failure of any request to the store, and nothing is lost or repeated",
  async () => {
    const series: ShelfDocument[] = [
      first,
      { ...first, name: "b.csv", rows: { 1: { words: "b" } } },
      { ...first, version: "2", rows: { 2: { words: "two" } } },
      { ...first, name: "b.csv", version: "2", refused: "it is broken" },
      { ...first, name: "b.csv", version: "3", rows: {} },
    ];
    const runAll = async (lake: Pick<TestLake, "ingestion">) => {
      for (const document of series) {
        const known = (await readLedger(zoneOf(lake))).latest(document.name);
        if (Number(known?.version ?? 0) >= Number(document.version)) continue;
        await extract(lake, shelf([document]));
      }
    };
    for (const after of [false, true]) {
      for (let place = 0, isDone = false; !isDone; place++) {
        await using lake = await testLake();
        const ingestion = failingAt(lake.ingestion, place, { count: 0 }, after);
        await runAll({ ingestion }).then(() => isDone = true, () => {});
        await runAll(lake);
        assertEquals(await fold(lake), expected(series));
        const commits = await ingestionCommits(zoneOf(lake).store);
        assertEquals(
          commits.flatMap(({ documents = [] }) =>
            documents.map((each) => `${each.name} ${each.version}`)
          ),
          series.map(({ name, version }) => `${name} ${version}`),
        );
      }
    }
  },
);

import { assert, assertEquals, assertMatch, assertRejects, assertThrows } from "@std/assert";
import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import type { FileSpec } from "../../../schemas/file_spec.ts";
import { type Model, totesys } from "../../../schemas/model.ts";
import { ConfigurationError, SourceError } from "../../../sdk/errors.ts";
import type { IngestionCommit } from "../../../sdk/lake/commit.ts";
import { sourceStore } from "../../../sdk/lake/source_store.ts";
import { extractSource } from "../../../sdk/sources/extract_source.ts";
import { filesSource } from "../../../sdk/sources/files/files.ts";
import { ingestionCommits, rowsOf } from "../../support/lake.ts";
import { type Drop, drop, HEADER, ONE, outcomes, TWO } from "./drop.ts";

function test(name: string, body: (drop: Drop) => Promise<void>): void {
  Deno.test(name, async () => {
    await using dropped = await drop();
    await body(dropped);
  });
}

const storeOf = ({ lake }: Drop) => sourceStore(lake.ingestion, "files");

async function commitsOf(drop: Drop): Promise<IngestionCommit[]> {
  return await ingestionCommits(storeOf(drop));
}

test("filesSource() loads each file once, and records its identity", async (drop) => {
  await drop.put("targets/2026 é.csv", TWO);
  const [document] = await drop.extract();
  const { version, ...record } = document;
  assertEquals(record, {
    name: "targets/2026 é.csv",
    bytes: TWO.length,
    sha256: createHash("sha256").update(TWO).digest("hex"),
    table: "sales_target",
    rows: 2,
    outcome: "read",
  });
  assertMatch(version, /^\d{4}-\d\d-\d\dT/);
  const [{ tables }] = await commitsOf(drop);
  assertEquals(await rowsOf(storeOf(drop), tables.sales_target), [
    {
      sales_target_id: "targets/2026 é.csv/000000000001",
      staff_id: 1,
      month: "2026-11-01",
      currency_code: "GBP",
      target: "1000.50",
    },
    {
      sales_target_id: "targets/2026 é.csv/000000000002",
      staff_id: 2,
      month: "2026-11-01",
      currency_code: "EUR",
      target: "7",
    },
  ]);
  assertEquals(await drop.extract(), []);
});

test("filesSource() does not read a file again whose name, version and size are known", async (drop) => {
  await drop.put("a.csv", ONE);
  await drop.extract();
  await Deno.remove(drop.folder.path, { recursive: true });
  await Deno.mkdir(drop.folder.path);
  assertEquals(await drop.extract(), []);
  assertEquals((await commitsOf(drop)).length, 1);
});

test("new content under the same name replaces the rows; the old keys that are left are deleted", async (drop) => {
  await drop.put("a.csv", TWO);
  await drop.extract();
  await drop.put("a.csv", ONE);
  assertEquals(outcomes(await drop.extract()), ["a.csv read 1"]);
  const { deleted } = (await commitsOf(drop))[1];
  const keys = await rowsOf(storeOf(drop), deleted.sales_target);
  assertEquals(keys.map((row) => row.sales_target_id), ["a.csv", "a.csv/000000000002"]);
});

test("the same content under a new name is a reported duplicate", async (drop) => {
  await drop.put("a.csv", TWO);
  await drop.put("z/copy.csv", TWO);
  const expected = ["a.csv read 2", "z/copy.csv duplicate same content as a.csv"];
  assertEquals(outcomes(await drop.extract()), expected);
  await Deno.rename(`${drop.folder.path}/a.csv`, `${drop.folder.path}/renamed.csv`);
  assertEquals(outcomes(await drop.extract()), ["renamed.csv duplicate same content as a.csv"]);
  assertEquals(await drop.extract(), []);
});

test("a duplicate is read when the file that it was a duplicate of gets other content", async (drop) => {
  await drop.put("a.csv", TWO);
  await drop.put("b.csv", TWO);
  await drop.extract();
  await drop.put("a.csv", ONE);
  assertEquals(outcomes(await drop.extract()), ["a.csv read 1", "b.csv read 2"]);
  assertEquals(await drop.extract(), []);
});

test("a touched file with the same content is recorded, and keeps its rows", async (drop) => {
  await drop.put("a.csv", TWO);
  await drop.extract();
  for (let round = 0; round < 2; round++) {
    await drop.put("a.csv", TWO);
    assertEquals(outcomes(await drop.extract()), ["a.csv duplicate same content as before"]);
    const { tables, deleted } = (await commitsOf(drop)).at(-1)!;
    assertEquals([tables, deleted], [{}, {}]);
    assertEquals(await drop.extract(), []);
  }
  await drop.put("copy.csv", TWO);
  assertEquals(outcomes(await drop.extract()), ["copy.csv duplicate same content as a.csv"]);
});

test("a file that comes back after a bad version is read again, so that it leaves the quarantine", async (drop) => {
  await drop.put("a.csv", TWO);
  await drop.extract();
  await drop.put("a.csv", `${TWO}3,2026\n`);
  assertEquals(outcomes(await drop.extract()).map((text) => text.slice(0, 13)), ["a.csv refused"]);
  await drop.put("a.csv", TWO);
  assertEquals(outcomes(await drop.extract()), ["a.csv read 2"]);
  const { deleted } = (await commitsOf(drop)).at(-1)!;
  assertEquals(await rowsOf(storeOf(drop), deleted.sales_target), [{ sales_target_id: "a.csv" }]);
});

test("a bad file is refused as a whole, others are read, and a new version is tried again", async (drop) => {
  await drop.put("a.csv", ONE);
  await drop.put("b.csv", `${TWO}3,2026\n`);
  await drop.put("c.csv", TWO);
  assertEquals(outcomes(await drop.extract()), [
    "a.csv read 1",
    "b.csv refused line 4: the row has 2 fields, not 4",
    "c.csv read 2",
  ]);
  const { tables } = (await commitsOf(drop))[1];
  assertEquals(tables, {});
  assertEquals(await drop.extract(), []);
  await drop.put("b.csv", `${TWO}3,2026-10,GBP,1\n`);
  assertEquals(outcomes(await drop.extract()), ["b.csv read 3"]);
});

test("every format is known by its name, packed or not", async (drop) => {
  const object = { staff_id: 1, month: "2026-11", currency_code: "GBP" };
  const json = (target: number) => JSON.stringify({ ...object, target });
  await drop.put("1.CSV", `${HEADER}1,2026-11,GBP,1\n`);
  await drop.put("2.tsv", `${HEADER}1,2026-11,GBP,2\n`.replaceAll(",", "\t"));
  await drop.put("3.txt", `${HEADER}1,2026-11,GBP,3\n`.replaceAll(",", "|"));
  await drop.put("4.json", `[${json(4)}]`);
  await drop.put("5.jsonl", json(5));
  await drop.put("6.ndjson.gz", gzipSync(json(6)));
  await drop.put("7.csv.gz", gzipSync(`${HEADER}1,2026-11,GBP,7\n`));
  await drop.put("8.json.GZ", gzipSync(`[${json(8)}]`));
  for (const name of ["README.md", "x.xlsx", ".hidden.csv", "x.csv.tmp", "x.csv.part", "csv"]) {
    await drop.put(name, ONE);
  }
  const documents = await drop.extract();
  assertEquals(outcomes(documents).filter((outcome) => !outcome.endsWith(" read 1")), []);
  assertEquals(documents.length, 8);
});

test("a file that grows between two looks is left for the next run", async (drop) => {
  await drop.put("b.csv", ONE);
  await Deno.writeTextFile(`${drop.folder.path}/a.csv`, HEADER);
  const writing = setTimeout(() => Deno.writeTextFile(`${drop.folder.path}/a.csv`, TWO), 100);
  const documents = await drop.extract({ settle_ms: 400 });
  clearTimeout(writing);
  assertEquals(outcomes(documents), ["b.csv read 1"]);
  assertEquals(outcomes(await drop.extract({ settle_ms: 50 })), ["a.csv read 2"]);
});

test("a file from the future is read after one pause", async (drop) => {
  await drop.put("a.csv", ONE);
  await Deno.utime(`${drop.folder.path}/a.csv`, 4e9, 4e9);
  assertEquals(outcomes(await drop.extract({ settle_ms: 20 })), ["a.csv read 1"]);
});

test("old files are read without a pause", async (drop) => {
  await drop.put("a.csv", ONE);
  const before = performance.now();
  await drop.extract({ settle_ms: 30_000 });
  assert(performance.now() - before < 15_000);
});

test("a file that changes while its rows are read is left for the next run, and others are read", async (drop) => {
  const many = HEADER + "1,2026-11,GBP,1\n".repeat(100_000);
  await drop.put("a.csv", many);
  await drop.put("b.csv", ONE);
  const { deliveries } = filesSource({ url: drop.folder.url });
  const source = {
    name: "files",
    async *deliveries(...args: Parameters<typeof deliveries>) {
      for await (const delivery of deliveries(...args)) {
        if (delivery.name === "a.csv") await drop.put("a.csv", TWO);
        yield delivery;
      }
    },
  };
  const { documents } = await extractSource({ source, ingestion: drop.lake.ingestion });
  assertEquals(outcomes(documents), ["b.csv read 1"]);
  assertEquals(outcomes(await drop.extract()), ["a.csv read 2"]);
});

test("a run that is asked to stop reads no more files, and the next continues", async (drop) => {
  await drop.put("a.csv", ONE);
  await drop.put("b.csv", TWO);
  const stop = new AbortController();
  const source = filesSource({ url: drop.folder.url });
  const { deliveries } = source;
  const stopping = {
    ...source,
    async *deliveries(...args: Parameters<typeof deliveries>) {
      for await (const delivery of deliveries(...args)) {
        yield delivery;
        stop.abort();
      }
    },
  };
  const { documents } = await extractSource({
    source: stopping,
    ingestion: drop.lake.ingestion,
    signal: stop.signal,
  });
  assertEquals(outcomes(documents), ["a.csv read 1"]);
  assertEquals(outcomes(await drop.extract()), ["b.csv read 2"]);
});

test("a file whose name is too long or not UTF-8 is an error, after all others are read", async (drop) => {
  const long = `${Array.from({ length: 6 }, () => "é".repeat(100)).join("/")}/a.csv`;
  for (const name of [long, "not utf-8 \ufffd.csv"]) {
    await drop.put(name, ONE);
    await drop.put("b.csv", TWO.replace("7", String(name.length)));
    await assertRejects(() => drop.extract(), SourceError, "more than 1024 bytes");
    await Deno.remove(`${drop.folder.path}/${name}`);
  }
  assertEquals(await drop.extract(), []);
  const documents = (await commitsOf(drop)).flatMap(({ documents = [] }) => documents);
  assertEquals(outcomes(documents), ["b.csv read 2", "b.csv read 2"]);
});

test("a folder that cannot be read is an error, and what was read stays", async (drop) => {
  await drop.put("a.csv", ONE);
  await drop.extract();
  await assertRejects(() => drop.extract({ url: `${drop.folder.url}/none` }), SourceError);
  assertEquals(await drop.extract(), []);
});

test("a second kind of file is one literal, and the first pattern that fits decides", async (drop) => {
  const german: FileSpec = {
    table: "sales_target",
    pattern: "de/*.csv",
    columns: {
      staff_id: { header: "Personalnummer" },
      month: { header: "Monat", date: "MM/YYYY" },
      currency_code: { header: "Währung" },
      target: { header: "Ziel" },
    },
    decimal: ",",
    encoding: "windows-1252",
  };
  const model: Model = { ...totesys, files: [german, ...totesys.files!] };
  const text = "Personalnummer;Monat;W\u00e4hrung;Ziel\r\n1;11/2026;EUR;1.234\r\n";
  await drop.put("de/a.csv", Uint8Array.from(text, (unit) => unit.charCodeAt(0)));
  await drop.put("de/sub/b.csv", ONE);
  assertEquals(outcomes(await drop.extract({ model })), ["de/a.csv read 1", "de/sub/b.csv read 1"]);
  const [{ tables }] = await commitsOf(drop);
  const [row] = await rowsOf(storeOf(drop), tables.sales_target);
  assertEquals([row.month, row.target, row.currency_code], ["2026-11-01", "1234", "EUR"]);
});

test("filesSource() refuses kinds of files that do not fit their table", (drop) => {
  const wrong: Partial<FileSpec>[] = [
    { table: "none" },
    { columns: { none: {} } },
    { columns: { sales_target_id: {} } },
    { columns: { target: { date: "YYYY-MM" } } },
    { columns: { month: { date: "MMM" } } },
  ];
  for (const change of wrong) {
    const model: Model = { ...totesys, files: [{ ...totesys.files![0], ...change }] };
    assertThrows(() => filesSource({ url: drop.folder.url, model }), ConfigurationError);
  }
  return Promise.resolve();
});

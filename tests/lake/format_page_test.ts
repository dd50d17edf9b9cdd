/** docs/lake-format.md is true: its examples are bytes of a recorded lake, its tables name every field. */
import { assert, assertEquals } from "@std/assert";
import { createHash } from "node:crypto";
import { join, resolve } from "node:path";
import type { ColumnSpec } from "../../schemas/columns.ts";
import { parquetElements } from "../../sdk/derive/parquet.ts";
import type { DocumentOutcome } from "../../sdk/lake/commit.ts";
import { dataKey } from "../../sdk/lake/keys.ts";
import { FORMAT } from "../../sdk/lake/upgrades/upgrades.ts";

const ROOT = resolve(import.meta.dirname!, "../..");
const LAKE = join(import.meta.dirname!, "golden", `format-${FORMAT}`);
const SOURCE_LAKE = join(import.meta.dirname!, "golden", `source-format-${FORMAT}`);
const PAGE = Deno.readTextFileSync(join(ROOT, "docs/lake-format.md"));

const commit = (zone: string, number: number) =>
  JSON.parse(
    Deno.readTextFileSync(join(LAKE, zone, `_log/${String(number).padStart(12, "0")}.json`)),
  );

/** The cells of the table under a heading, without its header. Code marks are removed. */
function table(heading: string, place = 0): string[][] {
  const section = PAGE.split(/^#+ /m).find((text) => text.startsWith(`${heading}\n`));
  assert(section, heading);
  const tables = [...section.matchAll(/(?:^\|.*\n)+/gm)].map(([text]) => text);
  return tables[place].trim().split("\n").slice(2).map((line) =>
    line.split("|").slice(1, -1).map((cell) => cell.trim().replaceAll("`", ""))
  );
}

Deno.test("docs/lake-format.md shows the bytes of the recorded lake", () => {
  const examples = [...PAGE.matchAll(/<!-- (\S+) -->\n\n```(\w+)\n([\s\S]*?)\n```/g)];
  assertEquals(examples.length, 8);
  for (const [, path, language, example] of examples) {
    const lake = path.includes("/_sources/") ? SOURCE_LAKE : LAKE;
    const text = Deno.readTextFileSync(join(lake, path)).trimEnd();
    // A commit is shown with line breaks: the order of its fields is the same.
    const shown = language === "json" ? JSON.stringify(JSON.parse(example)) : example;
    assertEquals(shown, text, path);
  }
});

Deno.test("docs/lake-format.md names keys that exist in the recorded lake", async () => {
  const [, block] = /```text\n(_log\/[\s\S]*?)\n```/.exec(PAGE)!;
  const zones = ["ingestion", "processed"].map((zone) => join(LAKE, zone));
  for (const key of block.split("\n")) {
    const found = await Promise.all(
      zones.map((zone) => Deno.stat(join(zone, key)).then(() => true, () => false)),
    );
    assert(found.includes(true), key);
  }
  const folderOf = (table: string) =>
    dataKey({ table, taken_at: "2026-11-30T06:41:35Z", sequence: 3, run: "run", extension: "x" })
      .split("/")[0];
  for (const name of ['o"dd', "_log"]) {
    assert(PAGE.includes(`\`${folderOf(name)}\``), `${name} has the folder ${folderOf(name)}`);
  }
});

Deno.test("docs/lake-format.md lists every field of the commits", () => {
  const fields = (heading: string, place = 0) => table(heading, place).map(([field]) => field);
  assertEquals(fields("Ingestion commits"), Object.keys(commit("ingestion", 1)));
  assertEquals(fields("Ingestion commits", 1), Object.keys(commit("ingestion", 1).snapshot));
  assertEquals(fields("Data objects"), Object.keys(commit("ingestion", 1).tables.product));
  // Commit 5 is skipped, so it has every field. `skipped` is the last one before the checksum.
  const processed = Object.keys(commit("processed", 5));
  assertEquals(fields("Processed commits").sort(), processed.sort());
  const [line] = Deno.readTextFileSync(
    join(LAKE, "processed", commit("processed", 3).quarantined.fact_sale.key),
  ).split("\n");
  assertEquals(fields("Quarantine"), Object.keys(JSON.parse(line)));
});

Deno.test("docs/lake-format.md lists every field of a document, and every outcome", () => {
  const commits = [1, 2, 3, 4].map((number) => {
    const path = `ingestion/_sources/rates/_log/00000000000${number}.json`;
    return JSON.parse(Deno.readTextFileSync(join(SOURCE_LAKE, path)));
  });
  const fields = (place: number) => table("Other sources", place).map(([field]) => field);
  const database = Object.keys(commit("ingestion", 1));
  const further = commits.flatMap((each) => Object.keys(each)).filter((field) =>
    !database.includes(field)
  );
  assertEquals(fields(0), [...new Set(further)]);
  const documents = commits.flatMap(({ documents }) => documents);
  assertEquals(
    fields(1).sort(),
    [...new Set(documents.flatMap((each) => Object.keys(each)))].sort(),
  );
  const outcomes: Record<DocumentOutcome, true> = {
    read: true,
    duplicate: true,
    refused: true,
    missing: true,
  };
  assertEquals([...new Set(fields(2))], Object.keys(outcomes));
});

Deno.test("docs/lake-format.md computes the checksum of its example", () => {
  const bytes = Deno.readFileSync(join(LAKE, "ingestion/_log/000000000001.json"));
  const [, all, hashed, kept] =
    /has (\d+)\s+bytes\s+with its line feed\. Its checksum is the SHA-256\s+of (\d+)\s+bytes: (\d+)/
      .exec(PAGE)!;
  const content = [...bytes.slice(0, bytes.length - 1 - 77), 0x7d];
  assertEquals([all, hashed, kept].map(Number), [
    bytes.length,
    content.length,
    content.length - 1,
  ]);
  const sha256 = createHash("sha256").update(Uint8Array.from(content)).digest("hex");
  assertEquals(sha256, commit("ingestion", 1).sha256);
});

Deno.test("docs/lake-format.md has the Parquet type of every column type", () => {
  const columns: Readonly<Record<string, ColumnSpec>> = {
    integer: { type: "integer" },
    bigint: { type: "bigint" },
    boolean: { type: "boolean" },
    text: { type: "text" },
    "numeric(10,2)": { type: "numeric", precision: 10, scale: 2 },
    "numeric(38,18)": { type: "numeric", precision: 38, scale: 18 },
    numeric: { type: "numeric" },
    date: { type: "date" },
    time: { type: "time" },
    timestamp: { type: "timestamp" },
  };
  const documented = table("Rows in Parquet").map((
    [name, physical, logical],
  ) => [name.split(":")[0], physical, logical.split(", and")[0]]);
  assertEquals(
    documented,
    Object.entries(columns).map(([name, column]) => {
      const [element] = parquetElements("c", column);
      const length = element.type_length ? `(${element.type_length})` : "";
      return [name, `${element.type}${length}`, logicalType(element.logical_type)];
    }),
  );
});

function logicalType(type: unknown): string {
  if (!type) return "";
  const { type: name, precision, scale, isAdjustedToUTC, unit } = type as Record<string, unknown>;
  if (precision !== undefined) return `${name}(${precision},${scale})`;
  if (unit !== undefined) return `${name}(isAdjustedToUTC=${isAdjustedToUTC}, ${unit})`;
  return String(name);
}

Deno.test("docs/lake-format.md lists every format", () => {
  const formats = Array.from({ length: FORMAT }, (_, place) => String(place + 1));
  assertEquals(table("Formats").map(([format]) => format), formats);
  assert(PAGE.includes(`The current format is ${FORMAT}.`));
});

import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import type { Model } from "../../schemas/model.ts";
import type { AnyRow, FactSpec, SourceTableSpec } from "../../schemas/table.ts";
import type { Value } from "../../schemas/columns.ts";
import { columnBuilder } from "../../sdk/columns/builder.ts";
import { codecOf } from "../../sdk/columns/codecs.ts";
import { RowError } from "../../sdk/errors.ts";
import { writeObject } from "../../sdk/lake/data_objects.ts";
import type { ObjectStore } from "../../sdk/lake/store.ts";
import { writingProblem } from "../../sdk/lake/parquet/write_parquet.ts";
import { ParentRows } from "../../sdk/transform/parent_rows.ts";
import { Quarantine } from "../../sdk/transform/quarantine.ts";
import { catchRowError, joinAndTransform, rowReader } from "../../sdk/transform/rows.ts";
import { sourceChunks } from "../../sdk/transform/source_chunks.ts";
import { TableTransform } from "../../sdk/transform/table_transform.ts";
import { propertyRuns } from "../support/slow.ts";

const region = {
  name: "region",
  key: "region_id",
  columns: {
    region_id: { type: "integer" },
    region_name: { type: "text" },
    since: { type: "date", nullable: true },
    rate: { type: "numeric" },
  },
} as const satisfies SourceTableSpec;

const shop = {
  name: "shop",
  key: "shop_id",
  columns: {
    shop_id: { type: "text" },
    region_id: { type: "integer", nullable: true, references: "region" },
    opened: { type: "timestamp" },
    currency: { type: "text" },
  },
} as const satisfies SourceTableSpec;

const sale = {
  name: "sale",
  key: "sale_id",
  columns: {
    sale_id: { type: "bigint" },
    shop_id: { type: "text", nullable: true, references: "shop" },
    at: { type: "timestamp" },
    delivered: { type: "text", format: "date", nullable: true },
    price: { type: "numeric" },
    units: { type: "integer" },
    paid: { type: "boolean", nullable: true },
    note: { type: "text", nullable: true },
    opens: { type: "time" },
    due: { type: "date" },
    unused: { type: "integer" },
  },
} as const satisfies SourceTableSpec;

const factSale = {
  name: "fact_sale",
  kind: "fact",
  surrogate: "sale_record_id",
  key: "sale_id",
  from: "sale",
  columns: {
    sale_id: { type: "bigint" },
    sold_date: { type: "date", of: "at", part: "date" },
    sold_time: { type: "time", of: "at", part: "time" },
    sold_at: { type: "timestamp", of: "at" },
    delivered: { type: "date", nullable: true },
    delivered_year: { type: "integer", of: "delivered", part: "year", nullable: true },
    price: { type: "numeric", precision: 10, scale: 2 },
    exact_price: { type: "numeric", of: "price" },
    wide_price: { type: "numeric", of: "price", precision: 30, scale: 4 },
    units: { type: "bigint" },
    units_amount: { type: "numeric", of: "units", precision: 5, scale: 0 },
    paid: { type: "boolean", nullable: true },
    note: { type: "text", nullable: true },
    shouted: { type: "text", of: "note", by: "shout", nullable: true },
    opens: { type: "time" },
    due: { type: "date" },
    due_day: { type: "text", of: "due", part: "dayName" },
    shop_opened: { type: "date", of: "shop.opened", part: "date", nullable: true },
    shop_currency: { type: "text", of: "shop.currency", by: "shout", nullable: true },
    region_name: { type: "text", of: "shop.region.region_name", nullable: true },
    region_since: { type: "date", of: "shop.region.since", nullable: true },
    region_rate: {
      type: "numeric",
      of: "shop.region.rate",
      precision: 4,
      scale: 2,
      nullable: true,
    },
  },
} as const satisfies FactSpec;

const model: Model = {
  source: [region, shop, sale],
  warehouse: [factSale],
  functions: {
    shout: {
      version: 1,
      takes: "text",
      returns: "text",
      nullable: true,
      call(value) {
        const text = value as string;
        if (text.startsWith("refuse")) throw new RowError(`${text} is refused`, {});
        return text === "" ? null : text.toUpperCase();
      },
    },
  },
};

const digits = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String);
const decimal = fc.tuple(fc.integer({ min: -99_999, max: 99_999 }), fc.nat(12)).map(
  ([units, scale]) => (units / 100).toFixed(scale),
);
const date = fc.constantFrom("2024-02-29", "1999-12-31", "0001-01-01", "9999-12-31", "2022-11-03");
const time = fc.constantFrom("00:00:00", "23:59:59.999999", "14:20:52.186", "07:00:00.5");
const note = fc.constantFrom("", "a", 'say "hi"', "tab\tnew\nline", "b\\s", "é😀", "refuse me");

const valid = fc.record({
  sale_id: digits,
  shop_id: fc.option(fc.constantFrom("north", "south", "gone", "broken", "unpriced")),
  at: fc.tuple(date, time).map((parts) => parts.join(" ")),
  delivered: fc.option(date),
  price: decimal,
  units: fc.integer({ min: -2_000_000, max: 2_000_000 }),
  paid: fc.option(fc.boolean()),
  note: fc.option(note),
  opens: time,
  due: date,
  unused: fc.nat(),
});

/** Values that some column refuses, and that its type can hold after the source's changed. */
const strange = fc.constantFrom<Value | object>(
  null,
  1.5,
  "x",
  "2023-02-29",
  "0",
  "",
  "NaN",
  "infinity",
  "24:00:00",
  2 ** 40,
  "99999999999999999999",
  "1.10",
  { a: 1 },
);

/** A line, nearly always as extraction writes it. */
const line = fc.tuple(
  valid,
  fc.option(fc.tuple(fc.constantFrom(...Object.keys(sale.columns)), strange), { freq: 3 }),
  fc.constantFrom("plain", "plain", "plain", "plain", "plain", "spaced", "reversed", "missing"),
).map(([row, damage, style]) => {
  const entries = Object.keys(sale.columns).map((name): [string, unknown] => [
    name,
    damage?.[0] === name ? damage[1] : row[name as keyof typeof row],
  ]);
  if (style === "reversed") entries.reverse();
  if (style === "missing") entries.pop();
  return JSON.stringify(Object.fromEntries(entries), null, style === "spaced" ? " " : undefined)
    .replaceAll("\n", "");
});

const PARENTS: Readonly<Record<string, readonly object[]>> = {
  region: [
    { region_id: 1, region_name: "Nord", since: "1999-12-31", rate: "0.5" },
    { region_id: 2, region_name: "Süd", since: null, rate: "12.75" },
    { region_id: 3, region_name: "West", since: null, rate: "1234.5" },
  ],
  shop: [
    { shop_id: "north", region_id: 1, opened: "2020-01-01 08:00:00", currency: "gbp" },
    { shop_id: "south", region_id: null, opened: "2020-01-02 08:00:00.25", currency: "" },
    { shop_id: "lost", region_id: 9, opened: "2020-01-02 08:00:00.25", currency: "eur" },
    { shop_id: "broken", region_id: 2, opened: "yesterday", currency: "eur" },
    { shop_id: "unpriced", region_id: 3, opened: "2020-01-02 08:00:00", currency: "eur" },
  ],
};

interface Outcome {
  readonly rows: readonly AnyRow[];
  readonly quarantine: string;
}

Deno.test("columns and single rows make the same rows and the same quarantine", async () => {
  let rows = 0;
  let quarantined = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(line, { maxLength: 40 }), async (lines) => {
      const outcome = await byColumns(lines);
      assertEquals(outcome, byRows(lines));
      rows += outcome.rows.length;
      quarantined += lines.length - outcome.rows.length;
    }),
    { numRuns: propertyRuns({ quick: 150, all: 2_000 }) },
  );
  assert(rows > 0 && quarantined > 0);
});

async function byColumns(lines: readonly string[]): Promise<Outcome> {
  const parents = new Map<string, ParentRows>();
  for (const table of [region, shop]) {
    const chunks = chunksOf(table, PARENTS[table.name].map((row) => JSON.stringify(row)));
    parents.set(table.name, await ParentRows.read(table, chunks));
  }
  const quarantine = new Quarantine(factSale.name, Infinity);
  const codecs = Object.entries(factSale.columns).map(([name, spec]) => ({
    name,
    codec: codecOf(spec),
  }));
  const rows: AnyRow[] = [];
  const transform = new TableTransform({
    table: factSale,
    model,
    parents,
    quarantine,
    onLeftOut: () => {},
    onGroup: (group) => {
      for (let row = 0; row < group.rows; row++) {
        const entries = codecs.map(({ name, codec }, i) => [
          name,
          codec.valueAt(group.columns[i], row),
        ]);
        rows.push(Object.fromEntries(entries));
      }
    },
  });
  for await (const chunk of chunksOf(sale, lines)) transform.add(chunk);
  transform.end();
  return { rows, quarantine: new TextDecoder().decode(quarantine.jsonl()) };
}

async function* chunksOf(table: SourceTableSpec, lines: readonly string[]) {
  const bytes = new TextEncoder().encode(lines.map((line) => line + "\n").join(""));
  const store: ObjectStore = {
    url: "memory:",
    put: async (_, body) => (await Array.fromAsync(body as AsyncIterable<Uint8Array>)).length > 0,
    get: () => inPieces(bytes),
    list: () => inPieces(bytes) as never,
  };
  const object = await writeObject(store, "object.jsonl", inPieces(bytes), () => lines.length);
  if (!object) return;
  yield* sourceChunks(store, object, table, Object.keys(table.columns));
}

async function* inPieces(bytes: Uint8Array) {
  for (let from = 0; from < bytes.length; from += 700) yield bytes.subarray(from, from + 700);
}

/** What the row-wise transform makes, without columns anywhere on the way. */
function byRows(lines: readonly string[]): Outcome {
  const parents = new Map([region, shop].map((table) => {
    const read = rowReader(table);
    return [
      table.name,
      new Map((PARENTS[table.name] as AnyRow[]).map((row) => [
        row[table.key],
        catchRowError(() => read(row)),
      ])),
    ];
  }));
  const read = rowReader(sale);
  const make = joinAndTransform(factSale, model, parents);
  const problemOf = writingProblem(factSale);
  const quarantine = new Quarantine(factSale.name, Infinity);
  const rows: AnyRow[] = [];
  for (const line of lines) {
    const row = JSON.parse(line) as AnyRow;
    const made = catchRowError(() => make(read(row))!);
    const problem = made instanceof RowError ? undefined : problemOf(made);
    if (made instanceof RowError) quarantine.add(row, row.sale_id, made);
    else if (problem) quarantine.add(made, made.sale_id, new RowError(problem, {}));
    else rows.push(asStored(made));
  }
  return { rows, quarantine: new TextDecoder().decode(quarantine.jsonl()) };
}

/** The row as it is read back: a decimal with a scale has all its digits. */
function asStored(row: AnyRow): AnyRow {
  return Object.fromEntries(
    Object.entries(factSale.columns).map(([name, spec]) => {
      const builder = columnBuilder(spec);
      builder.appendValue(row[name]);
      return [name, codecOf(spec).valueAt(builder.finish(), 0)];
    }),
  );
}

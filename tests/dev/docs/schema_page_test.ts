import { assert, assertEquals } from "@std/assert";
import { schemaPage } from "../../../dev/docs/schema_page.ts";
import type { Model } from "../../../schemas/mod.ts";

const AREA = {
  name: 'Area "51"',
  key: "Code",
  columns: { Code: { type: "text" }, "lies|in": { type: "text", native: "citext" } },
} as const;

const MODEL: Model = {
  source: [AREA, {
    name: "visits",
    key: "id",
    columns: {
      id: { type: "bigint" },
      start: { type: "text", references: AREA.name },
      end: { type: "text", nullable: true },
      price: { type: "numeric" },
    },
  }],
  warehouse: [
    { ...AREA, kind: "dimension", from: AREA.name },
    {
      name: "Visit",
      kind: "fact",
      surrogate: "record",
      key: "id",
      from: "visits",
      meaning: "Visits of areas",
      columns: {
        id: { type: "bigint" },
        start: { type: "text", of: `${AREA.name}.lies|in`, references: AREA.name },
        end: { type: "text", references: AREA.name, nullable: true },
        price: { type: "numeric", precision: 10, scale: 2 },
      },
    },
  ],
};

/** The lines of a section without empty ones, up to the next heading. */
function section(page: string, heading: string): string[] {
  const after = page.split(`\n${heading}\n`).at(-1)!;
  return after.split(/^##/m)[0].split("\n").filter((line) => line !== "");
}

Deno.test("schemaPage() lists every column as the warehouse stores it", () => {
  const page = schemaPage({ name: "areas", model: MODEL });
  assertEquals(section(page, "### `Visit`"), [
    "Visits of areas.",
    "| column       | type          | NULL | key     | refers to                 | made from                                |",
    "| ------------ | ------------- | ---- | ------- | ------------------------- | ---------------------------------------- |",
    "| `record`     | bigint        |      | primary |                           |                                          |",
    "| `id`         | bigint        |      | unique  |                           | `visits.id`                              |",
    '| `start`      | text          |      |         | [`Area "51"`](#area-51-1) | `Area "51".lies\\|in` over `visits.start` |',
    '| `end`        | text          | yes  |         | [`Area "51"`](#area-51-1) | `visits.end`                             |',
    "| `price`      | numeric(10,2) |      |         |                           | `visits.price`                           |",
    "| `valid_from` | timestamptz   |      |         |                           |                                          |",
  ]);
  assertEquals(section(page, '### `Area "51"`'), [
    "| column       | type        | NULL | key     | refers to | made from            |",
    "| ------------ | ----------- | ---- | ------- | --------- | -------------------- |",
    '| `Code`       | text        |      | primary |           | `Area "51".Code`     |',
    '| `lies\\|in`   | text        |      |         |           | `Area "51".lies\\|in` |',
    "| `deleted_at` | timestamptz | yes  |         |           |                      |",
  ]);
});

Deno.test("schemaPage() draws one line for foreign keys between the same two tables", () => {
  const page = schemaPage({ name: "areas", model: MODEL });
  assertEquals(
    section(page, "### Star of `Visit`").filter((line) => line.includes("o{")),
    [
      '  "Area #34;51#34;" ||--o{ "Visit" : "start"',
      '  "Area #34;51#34;" |o--o{ "Visit" : "end"',
    ],
  );
});

Deno.test("schemaPage() needs no facts", () => {
  const model = { source: [AREA], warehouse: MODEL.warehouse.slice(0, 1) };
  const page = schemaPage({ name: "areas", model });
  assert(!page.includes("Star of") && !page.includes("History"));
});

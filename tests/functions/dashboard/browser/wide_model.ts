/**
 * A model that strains every page: 60 tables, names as long as Postgres allows, characters that mean
 * something in HTML, URLs and SQL, texts that say something wrong if they are not escaped.
 *
 * @module
 */
import type { Model, SourceTableSpec, WarehouseTableSpec } from "../../../../schemas/mod.ts";
import { columnDefinitions } from "../../../../sdk/derive/ddl.ts";
import { factsOfRun } from "../../../../sdk/operate/run_facts.ts";
import { recordRun } from "../../../../sdk/operate/run_history.ts";
import { run } from "../../../../sdk/operate/run.ts";
import { identifier } from "../../../../sdk/postgres/sql.ts";
import type { LivePipeline } from "./pipeline.ts";

const TABLES = 30;
const RUNS = 3;
/** Without a place where a line can break. A fact's name leaves room for `_versions`. */
const LONG = "stockmovementbetweendistributioncentresofregion".padEnd(50, "x");

/** A name that must be escaped everywhere. */
export const AWKWARD = `"fact" <i>50%</i> & 'more'/?#`;

const sources: readonly SourceTableSpec[] = Array.from({ length: TABLES }, (_, place) => ({
  name: `${LONG}_${place}`,
  key: "id",
  meaning: `<b>Movements</b> & "returns" of region ${place}`,
  columns: {
    id: { type: "integer", meaning: "<script>alert(1)</script>" },
    [`quantity_${LONG}xx`]: { type: "numeric", nullable: true },
    ...place === 0
      ? {}
      : { parent: { type: "integer", nullable: true, references: `${LONG}_${place - 1}` } },
  },
}));

/** A fact of each table, and a dimension that the next fact refers to. */
const warehouse: readonly WarehouseTableSpec[] = [
  ...sources.map((table, place): WarehouseTableSpec => ({
    name: `d${table.name}`,
    kind: "dimension",
    key: "id",
    from: table.name,
    meaning: table.meaning,
    columns: { id: table.columns.id, ...place === 0 ? {} : { parent: parentOf(place) } },
  })),
  ...sources.map((table, place): WarehouseTableSpec => ({
    name: place === 0 ? AWKWARD : `f${table.name}`,
    kind: "fact",
    surrogate: "record_id",
    key: "id",
    from: table.name,
    meaning: table.meaning,
    columns: place === 0 ? table.columns : { ...table.columns, parent: parentOf(place) },
  })),
];

function parentOf(place: number) {
  return { type: "integer", nullable: true, references: `d${LONG}_${place - 1}` } as const;
}

/** The model. */
export const WIDE_MODEL: Model = { source: sources, warehouse };

/** Fills the source with a few rows in each table, and loads them several times. */
export async function loadWideModel({ source: { sql }, options }: LivePipeline): Promise<void> {
  for (const table of sources) {
    const definitions = [...columnDefinitions(table), "PRIMARY KEY (id)"].join(", ");
    await sql.unsafe(`CREATE TABLE ${identifier(table.name)} (${definitions})`);
  }
  for (let n = 1; n <= RUNS; n++) {
    for (const { name } of sources) await sql`INSERT INTO ${sql(name)} (id) VALUES (${n})`;
    const started_at = new Date();
    const result = await run({ ...options, model: WIDE_MODEL });
    const facts = factsOfRun(result, started_at, WIDE_MODEL);
    await recordRun(options, {
      ...facts,
      started_at,
      job: "extract",
      elapsed_ms: result.elapsed_ms,
    });
  }
}

/** The files that tools for dashboards import are complete, and their SQL runs as the role of dashboards. */
import { assert, assertEquals } from "@std/assert";
import postgres from "postgres";
import { parse } from "yaml";
import { load } from "../../sdk/load/load.ts";
import { run } from "../../sdk/mod.ts";
import { deliver, rate, target } from "../load/documents.ts";
import { test, type TestPipeline } from "../operate/pipelines.ts";
import { makeRoles } from "../terraform/test_roles.ts";

const EXAMPLES = new URL("../../examples/", import.meta.url);
const read = (path: string) => Deno.readTextFileSync(new URL(path, EXAMPLES));

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly datasource: unknown;
  readonly gridPos: Readonly<Record<"x" | "y" | "w" | "h", number>>;
  readonly targets: readonly {
    readonly format: string;
    readonly rawSql: string;
    readonly datasource: unknown;
  }[];
}

const dashboard = JSON.parse(read("grafana/dashboard.json")) as {
  readonly __inputs: readonly { readonly name: string; readonly pluginId: string }[];
  readonly __requires: readonly { readonly type: string; readonly id: string }[];
  readonly id: null;
  readonly schemaVersion: number;
  readonly panels: readonly Panel[];
};

/** Runs statements as the role of dashboards, in a warehouse with orders, rates and targets. */
async function asDashboard(
  pipeline: TestPipeline,
  body: (sql: postgres.Sql) => Promise<void>,
): Promise<void> {
  await using roles = await makeRoles(pipeline);
  const options = { ...pipeline, warehouse: roles.warehouse };
  await pipeline.sourceSql`UPDATE currency SET currency_code = 'GBP'`;
  await run(options);
  const rates = [rate("2026-01-01", "GBP", "0.88"), rate("2026-01-01", "USD", "1.10")];
  await deliver(pipeline, "rates", { name: "2026-01-01/eur", rows: rates });
  const rows = [target("a.csv", 1, { month: "2026-01-01" })];
  await deliver(pipeline, "files", { name: "a.csv", rows });
  for (const sourceName of ["rates", "files"]) await load({ ...options, sourceName });
  const sql = postgres(roles.dashboard, { max: 1, onnotice: () => {} });
  try {
    await body(sql);
  } finally {
    await sql.end();
  }
}

/** Replaces the macros of Grafana's data source for Postgres. */
function expanded(sql: string): string {
  return sql.replace(
    /\$__timeFilter\(([\w.]+)\)/g,
    "$1 BETWEEN '2025-12-01T00:00:00Z' AND '2026-02-01T00:00:00Z'",
  );
}

test("every panel of the Grafana dashboard shows something, as the role of dashboards", async (pipeline) => {
  await asDashboard(pipeline, async (sql) => {
    for (const { type, title, targets: [{ rawSql, format }] } of dashboard.panels) {
      assert(!/\$(?!__timeFilter)/.test(rawSql), `${title} has no other macro`);
      const rows = await sql.unsafe(expanded(rawSql));
      assert(rows.length > 0, title);
      const values = Object.values(rows[0]);
      if (type === "stat") {
        assertEquals([rows.length, values.length, typeof Number(values[0])], [1, 1, "number"]);
      }
      if (format !== "time_series") continue;
      assert(rows[0].time instanceof Date, title);
      assertEquals(typeof values[1], "number", title);
    }
  });
});

Deno.test("the Grafana dashboard asks for a data source, and names every type of panel that it has", () => {
  const { __inputs, __requires, id, schemaVersion, panels } = dashboard;
  assertEquals(__inputs.map(({ name, pluginId }) => [name, pluginId]), [
    ["DS_WAREHOUSE", "grafana-postgresql-datasource"],
  ]);
  assertEquals([id, schemaVersion], [null, 39]);
  const types = __requires.filter(({ type }) => type === "panel").map(({ id }) => id);
  assertEquals(types, [...new Set(panels.map(({ type }) => type))].sort());
  const datasource = { type: "grafana-postgresql-datasource", uid: "${DS_WAREHOUSE}" };
  for (const panel of panels) {
    assertEquals([panel.datasource, panel.targets[0].datasource], [datasource, datasource]);
  }
  assertEquals(new Set(panels.map(({ id }) => id)).size, panels.length);
});

Deno.test("the panels of the Grafana dashboard fill its rows without overlapping", () => {
  const taken = new Set<string>();
  let cells = 0, height = 0;
  for (const { gridPos: { x, y, w, h } } of dashboard.panels) {
    for (let i = 0; i < w * h; i++) taken.add(`${x + i % w} ${y + Math.floor(i / w)}`);
    cells += w * h;
    height = Math.max(height, y + h);
  }
  assertEquals([taken.size, cells], [24 * height, 24 * height]);
});

const metadata = parse(read("superset/metadata.yaml"));
const database = parse(read("superset/databases/warehouse.yaml"));
const dataset = parse(read("superset/datasets/warehouse/sales.yaml")) as {
  readonly sql: string;
  readonly table_name: string;
  readonly main_dttm_col: string;
  readonly uuid: string;
  readonly database_uuid: string;
  readonly version: string;
  readonly columns: readonly {
    readonly column_name: string;
    readonly type: string;
    readonly is_dttm: boolean;
  }[];
  readonly metrics: readonly { readonly metric_name: string; readonly expression: string }[];
};

test("the columns and metrics of the Superset dataset are those of its SQL", async (pipeline) => {
  await asDashboard(pipeline, async (sql) => {
    const result = await sql.unsafe(dataset.sql);
    assertEquals(result.length, 1);
    assertEquals(
      dataset.columns.map(({ column_name }) => column_name),
      result.columns.map(({ name }) => name),
    );
    const types = await sql.unsafe(
      `SELECT ${
        dataset.columns.map(({ column_name }) => `upper(pg_typeof(${column_name})::text)`).map((
          type,
          i,
        ) => `${type} AS c${i}`)
      }
       FROM (${dataset.sql}) d`,
    );
    assertEquals(dataset.columns.map(({ type }) => type), Object.values(types[0]));
    for (const { column_name, type, is_dttm } of dataset.columns) {
      assertEquals(is_dttm, type === "DATE", column_name);
    }
    for (const { metric_name, expression } of dataset.metrics) {
      const [{ value }] = await sql.unsafe(`SELECT ${expression} AS value FROM (${dataset.sql}) d`);
      assert(value !== null, metric_name);
    }
  });
});

Deno.test("the files of Superset belong together, and hold no password", () => {
  assertEquals([metadata.version, metadata.type], ["1.0.0", "SqlaTable"]);
  assert(!isNaN(Date.parse(metadata.timestamp)));
  assertEquals(dataset.database_uuid, database.uuid);
  assertEquals([dataset.version, database.version], ["1.0.0", "1.0.0"]);
  for (const { uuid } of [dataset, database]) assert(/^[0-9a-f-]{36}$/.test(uuid));
  const url = new URL(database.sqlalchemy_uri);
  assertEquals([url.protocol, url.username, url.password], [
    "postgresql+psycopg2:",
    "dashboard",
    "XXXXXXXXXX",
  ]);
  assertEquals(url.searchParams.get("sslmode"), "verify-full");
  assertEquals([database.allow_dml, database.allow_ctas, database.allow_cvas], [
    false,
    false,
    false,
  ]);
  assert(dataset.columns.some(({ column_name }) => column_name === dataset.main_dttm_col));
});

/**
 * Views for DuckDB. Its globs would read every object of a table: a row that changed once for each version,
 * deleted rows, and objects that no commit names.
 *
 * @module
 */
import type { ColumnSpec } from "../../schemas/columns.ts";
import type { WarehouseTableSpec } from "../../schemas/table.ts";
import { assertNever } from "../assert_never.ts";
import { DATABASE } from "../derive/source_model.ts";
import { type DataObject, ownEntry } from "../lake/commit.ts";
import { folderPath } from "../lake/folder_path.ts";
import { s3Location } from "../lake/s3_location.ts";
import type { ObjectStore } from "../lake/store.ts";
import { identifier } from "../postgres/sql.ts";
import { type SourceCommit, zoneOf } from "./commits.ts";

/** An object, as DuckDB reads it, and the place of its commit among all that were read. */
interface PlacedObject {
  readonly path: string;
  readonly commit: number;
}

/** What a view is made of. */
export interface DuckdbViewOptions {
  readonly processed: ObjectStore;
  readonly table: WarehouseTableSpec;
  readonly name: string;
  /** The commits to show, in order. */
  readonly commits: AsyncIterable<SourceCommit>;
}

/** Returns the SQL that creates a view of a table's current rows over its Parquet objects. */
export async function duckdbView(
  { processed, table, name, commits }: DuckdbViewOptions,
): Promise<string> {
  const rows: PlacedObject[] = [], deleted: PlacedObject[] = [], refused: PlacedObject[] = [];
  let place = 0;
  for await (const commit of commits) {
    place++;
    const { store } = zoneOf(processed, commit.source);
    const add = (to: PlacedObject[], objects: Readonly<Record<string, DataObject>>) => {
      const object = ownEntry(objects, table.name);
      if (object) to.push({ path: pathOf(store, object.key), commit: place });
    };
    add(rows, commit.tables);
    add(deleted, commit.deleted);
    // A row of a document that was refused removes the one before, that of a database does not.
    if (commit.source !== DATABASE) add(refused, commit.quarantined);
  }
  const select = rows.length > 0 ? currentRows(table, rows, deleted, refused) : noRows(table);
  return `CREATE OR REPLACE VIEW ${identifier(name)} AS\n${select};\n`;
}

function currentRows(
  { key }: WarehouseTableSpec,
  rows: readonly PlacedObject[],
  deleted: readonly PlacedObject[],
  refused: readonly PlacedObject[],
): string {
  const quoted = identifier(key);
  const removals = [
    ...deleted.length > 0 ? [`SELECT ${quoted} AS key, filename FROM ${parquet(deleted)}`] : [],
    ...refused.length > 0
      ? [
        `SELECT key, filename FROM read_json(${list(refused)}, format = 'newline_delimited', ` +
        "columns = {key: 'VARCHAR'}, filename = true)",
      ]
      : [],
  ];
  const removed = `removed AS (
  SELECT r.key, max(o.commit) AS commit
  FROM (${removals.join(" UNION ALL ")}) r JOIN objects o ON o.path = r.filename
  GROUP BY r.key
)`;
  const parts = [
    objects([...rows, ...deleted, ...refused]),
    ...removals.length > 0 ? [removed] : [],
  ];
  const condition = removals.length > 0
    ? `
WHERE NOT EXISTS (SELECT 1 FROM removed d WHERE d.key = r.${quoted}::VARCHAR AND d.commit >= o.commit)`
    : "";
  return `WITH ${parts.join(", ")}
SELECT r.* EXCLUDE (filename)
FROM ${parquet(rows)} r JOIN objects o ON o.path = r.filename${condition}
QUALIFY row_number() OVER (PARTITION BY r.${quoted} ORDER BY o.commit DESC) = 1`;
}

/** A table with the place of each object's commit. */
function objects(all: readonly PlacedObject[]): string {
  const values = all.map(({ path, commit }) => `(${literal(path)}, ${commit})`);
  return `objects(path, commit) AS (VALUES\n  ${values.join(",\n  ")}\n)`;
}

function parquet(all: readonly PlacedObject[]): string {
  return `read_parquet(${list(all)}, union_by_name = true, filename = true)`;
}

function list(all: readonly PlacedObject[]): string {
  return `[\n  ${all.map(({ path }) => literal(path)).join(",\n  ")}\n]`;
}

/** A view without rows, as long as no commit has any. */
function noRows({ columns }: WarehouseTableSpec): string {
  const nulls = Object.entries(columns).map(([name, column]) =>
    `NULL::${duckdbType(column)} AS ${identifier(name)}`
  );
  return `SELECT ${nulls.join(", ")} WHERE false`;
}

function duckdbType(column: ColumnSpec): string {
  switch (column.type) {
    case "numeric": {
      const { precision = 38, scale = column.precision === undefined ? 18 : 0 } = column;
      return precision > 38 ? "DECIMAL(38,18)" : `DECIMAL(${precision},${scale})`;
    }
    case "text":
      return "VARCHAR";
    case "integer":
    case "bigint":
    case "boolean":
    case "date":
    case "time":
    case "timestamp":
      return column.type.toUpperCase();
    default:
      return assertNever(column);
  }
}

/** Returns what DuckDB calls an object: a path, or an address in S3. */
function pathOf({ url }: ObjectStore, key: string): string {
  if (url.startsWith("file:")) return `${folderPath(url, "the lake")}/${key}`;
  const { bucket, prefix } = s3Location(url, "the lake");
  return `s3://${bucket}/${prefix}${key}`;
}

function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/**
 * Resolves the joins of warehouse tables: which column of which source table holds the key of which other
 * one. Does no I/O.
 *
 * @module
 */
import type { Model } from "../../schemas/model.ts";
import type { DerivedTable, SourceTableSpec, WarehouseTableSpec } from "../../schemas/table.ts";
import { mappingError } from "./mapping_error.ts";
import { sourceTable } from "./source_table.ts";

/** A step of a path: rows of `child` look up a row of `parent`. */
export interface ResolvedJoin {
  /** The path from the warehouse table's `from`: `staff.department`. */
  readonly path: string;
  /** The path without its last part; empty for a join of `from`. */
  readonly base: string;
  /** The referencing table. */
  readonly child: SourceTableSpec;
  /** The column of `child` that holds the key of `parent`. */
  readonly column: string;
  /** The referenced table. */
  readonly parent: SourceTableSpec;
  /** Whether a row can be without it: this reference, or an earlier one of the path, can be NULL. */
  readonly nullable: boolean;
}

/**
 * Returns the join of a table that a segment of a path names, after the join before it.
 *
 * @throws {ConfigurationError} when there is no such join, or several.
 */
export function resolveJoin(
  table: WarehouseTableSpec,
  child: SourceTableSpec,
  before: ResolvedJoin | undefined,
  segment: string,
  model: Model,
  name?: string,
): ResolvedJoin {
  const base = before?.path ?? "";
  const path = base === "" ? segment : `${base}.${segment}`;
  const declared = table.kind === "calendar" ? {} : table.join ?? {};
  const column = Object.hasOwn(declared, path)
    ? declared[path]
    : onlyReference(table, child, segment, path, name);
  const spec = Object.hasOwn(child.columns, column) ? child.columns[column] : undefined;
  if (!spec) {
    throw mappingError(
      table,
      name,
      `${child.name} has no column ${column}, which joins ${path}`,
      `name one of: ${Object.keys(child.columns).join(", ")}`,
    );
  }
  const isTable = model.source.some((other) => other.name === segment);
  const parent = sourceTable(model, isTable ? segment : spec.references ?? segment);
  const key = parent.columns[parent.key];
  if (key && key.type !== spec.type) {
    throw mappingError(
      table,
      name,
      `${child.name}.${column} is ${spec.type}, the key of ${parent.name} ${key.type}`,
      "join by a column of the same type",
    );
  }
  const nullable = (spec.nullable ?? false) || (before?.nullable ?? false);
  return { path, base, child, column, parent, nullable };
}

/** Returns the only column of a table that references another. */
function onlyReference(
  table: WarehouseTableSpec,
  child: SourceTableSpec,
  target: string,
  path: string,
  name: string | undefined,
): string {
  const columns = Object.entries(child.columns)
    .filter(([, { references }]) => references === target).map(([column]) => column);
  if (columns.length === 1) return columns[0];
  const problem = columns.length === 0
    ? `${child.name} has no column that references ${target}`
    : `several columns of ${child.name} reference ${target}: ${columns.join(", ")}`;
  const example = JSON.stringify({ [path]: columns[0] ?? "<the column with its key>" });
  throw mappingError(table, name, problem, `name the column in \`join\` of the table: ${example}`);
}

/** Returns the joins that the paths in `join` of a table name, each after the join it builds on. */
export function declaredJoins(table: DerivedTable, model: Model): ResolvedJoin[] {
  const joins = new Map<string, ResolvedJoin>();
  for (const path of Object.keys(table.join ?? {})) {
    let child = sourceTable(model, table.from);
    let before: ResolvedJoin | undefined;
    for (const segment of path.split(".")) {
      before = resolveJoin(table, child, before, segment, model);
      joins.set(before.path, before);
      child = before.parent;
    }
  }
  return [...joins.values()];
}

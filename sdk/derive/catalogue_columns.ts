/**
 * The columns of a catalogue's tables.
 *
 * @module
 */
import type { ColumnSpec } from "../../schemas/columns.ts";
import type { Model } from "../../schemas/model.ts";
import type { CalendarSpec, SourceTableSpec, WarehouseTableSpec } from "../../schemas/table.ts";
import { DELETED_AT, sqlType, storedColumns, VALID_FROM } from "./ddl.ts";
import { type ColumnLineage, lineageOf } from "./lineage.ts";
import { resolveColumns } from "./resolve_columns.ts";
import { sourceModel, sourceNames } from "./source_model.ts";

/** A column of a catalogue. */
export interface CatalogueColumn {
  /** The column's name. */
  readonly name: string;
  /** The column's type in Postgres. */
  readonly type: string;
  /** Whether it can be NULL. */
  readonly nullable: boolean;
  /** The key that it is. A fact's primary key numbers versions; its unique key identifies the row. */
  readonly key?: "primary" | "unique";
  /** The table whose key it holds. */
  readonly references?: string;
  /** What a value means. */
  readonly meaning?: string;
  /** Whether values identify a person, an address or a bank account. */
  readonly personal: boolean;
  /** What it is made of; absent for columns of a source, and those that the loader maintains. */
  readonly lineage?: ColumnLineage;
}

/** Returns the columns of a source table. */
export function sourceColumns(table: SourceTableSpec): CatalogueColumn[] {
  return Object.entries(table.columns).map(([name, column]) => ({
    name,
    type: sourceType(column),
    nullable: column.nullable ?? false,
    ...name === table.key && { key: "primary" as const },
    ...described(column, column.meaning),
    personal: column.personal ?? false,
  }));
}

/** Returns the columns of a warehouse table as stored. `source` is the source of its rows. */
export function warehouseColumns(
  table: WarehouseTableSpec,
  source: string,
  model: Model,
): CatalogueColumn[] {
  const own = sourceModel(model, source);
  const lineages = table.kind === "calendar"
    ? calendarLineage(table, model)
    : lineageOf(table, own);
  const copied = copiedMeanings(table, own);
  return storedColumns(table).map((stored) => {
    const key = keyOf(table, stored.name);
    if (!Object.hasOwn(table.columns, stored.name)) {
      return { ...stored, ...key, meaning: maintainedMeaning(stored.name), personal: false };
    }
    const column = table.columns[stored.name];
    const lineage = lineages[stored.name];
    return {
      ...stored,
      ...key,
      ...described(column, column.meaning ?? copied.get(stored.name)),
      personal: column.personal ?? lineage.columns.some((path) => isPersonal(path, own)),
      lineage,
    };
  });
}

function described(
  { references }: ColumnSpec,
  meaning: string | undefined,
): Pick<CatalogueColumn, "references" | "meaning"> {
  return {
    ...references !== undefined && { references },
    ...meaning !== undefined && { meaning },
  };
}

function keyOf(table: WarehouseTableSpec, column: string): Pick<CatalogueColumn, "key"> {
  const primary = table.kind === "fact" ? table.surrogate : table.key;
  if (column === primary) return { key: "primary" };
  return column === table.key ? { key: "unique" } : {};
}

/** Returns the meanings of the source columns whose values are copied as they are. */
function copiedMeanings(
  table: WarehouseTableSpec,
  model: Model,
): ReadonlyMap<string, string | undefined> {
  if (table.kind !== "calendar" && table.row) return new Map();
  const copies = resolveColumns(table, model).filter(({ part, by }) => !part && !by);
  return new Map(copies.map(({ name, columnSpec }) => [name, columnSpec.meaning]));
}

/** Returns whether a source column, `table.column`, is personal. */
function isPersonal(path: string, { source }: Model): boolean {
  return source.some(({ name, columns }) => {
    const column = path.startsWith(`${name}.`) ? path.slice(name.length + 1) : "";
    return Object.hasOwn(columns, column) && columns[column].personal === true;
  });
}

/** A calendar's key has the dates of every source's facts, and its other columns are made of the key. */
function calendarLineage(
  calendar: CalendarSpec,
  model: Model,
): Readonly<Record<string, ColumnLineage>> {
  const dates = sourceNames(model).flatMap((source) =>
    lineageOf(calendar, sourceModel(model, source))[calendar.key].columns
  );
  const lineage = Object.entries(lineageOf(calendar, sourceModel(model, sourceNames(model)[0])));
  return Object.fromEntries(lineage.map(([name, made]) => [
    name,
    {
      ...made,
      columns: name === calendar.key ? [...new Set(dates)] : [`${calendar.name}.${calendar.key}`],
    },
  ]));
}

/** Returns what a column means that the loader maintains. The only other one numbers versions. */
function maintainedMeaning(name: string): string {
  switch (name) {
    case VALID_FROM:
      return "Time of the source snapshot from which the version is valid";
    case DELETED_AT:
      return "Time the row was found deleted in the source; NULL while it exists";
    default:
      return "Identifier of the version";
  }
}

function sourceType(column: ColumnSpec): string {
  if (column.type !== "text") return sqlType(column);
  return column.native ?? sqlType(column);
}

/**
 * The catalogue of a model: every table and column with its meaning, type and lineage, derived from the
 * specs alone.
 *
 * @module
 */
import type { Model } from "../../schemas/model.ts";
import type { FactSpec, SourceTableSpec, WarehouseTableSpec } from "../../schemas/table.ts";
import { type CatalogueColumn, sourceColumns, warehouseColumns } from "./catalogue_columns.ts";
import { type CatalogueRelation, relationsOf } from "./catalogue_relations.ts";
import { exampleQueries, type ExampleQuery } from "./example_queries.ts";
import { tableJoins } from "./resolve_columns.ts";
import { everyTable, sourceModel, sourceNames } from "./source_model.ts";

/** A table of a catalogue. */
export interface CatalogueTable {
  /** The table's name. */
  readonly name: string;
  /** What it is: a table of a source, or its part in the star schema. */
  readonly kind: "source" | WarehouseTableSpec["kind"];
  /** The source of its rows: `database`, or the name of a further source. */
  readonly source: string;
  /** What the table holds. */
  readonly meaning?: string;
  /** What one row is: `one row per payment`. */
  readonly grain: string;
  /** The column that identifies a row; of a fact, its current version. */
  readonly key: string;
  /** The source tables that it is made from, its own first; empty for a source table and a calendar. */
  readonly from: readonly string[];
  /** The columns, in order, with those that the loader maintains. */
  readonly columns: readonly CatalogueColumn[];
  /** The columns of other tables that hold its key. */
  readonly referred_by: readonly { readonly table: string; readonly column: string }[];
  /** The history and the views that belong to it. */
  readonly relations: readonly CatalogueRelation[];
  /** Questions that it answers, as SQL for the warehouse. */
  readonly queries: readonly ExampleQuery[];
}

/** Every table of a model. */
export interface Catalogue {
  /** The tables of the sources, those of the database first. */
  readonly source: readonly CatalogueTable[];
  /** The tables of the warehouse, dimensions before the facts that refer to them. */
  readonly warehouse: readonly CatalogueTable[];
}

const catalogues = new WeakMap<Model, Catalogue>();

/**
 * Returns the catalogue of a model. The same model gives the same object.
 *
 * @throws {ConfigurationError} when the origin of a column is wrong.
 */
export function catalogueOf(model: Model): Catalogue {
  let catalogue = catalogues.get(model);
  if (!catalogue) catalogues.set(model, catalogue = newCatalogue(model));
  return catalogue;
}

function newCatalogue(model: Model): Catalogue {
  const names = sourceNames(model);
  const owners = new Map(
    names.toReversed().flatMap((name) =>
      sourceModel(model, name).warehouse.map((table) => [table.name, name] as const)
    ),
  );
  const all = everyTable(model);
  return {
    source: names.flatMap((name) => {
      const { source } = sourceModel(model, name);
      return source.map((table) => sourceEntry(table, name, source));
    }),
    warehouse: all.map((table) => warehouseEntry(table, owners.get(table.name)!, model, all)),
  };
}

function sourceEntry(
  table: SourceTableSpec,
  source: string,
  all: readonly SourceTableSpec[],
): CatalogueTable {
  return {
    ...headOf(table, "source", source),
    from: [],
    columns: sourceColumns(table),
    referred_by: referrers(table, all),
    relations: [],
    queries: [],
  };
}

function warehouseEntry(
  table: WarehouseTableSpec,
  source: string,
  model: Model,
  all: readonly WarehouseTableSpec[],
): CatalogueTable {
  const columns = warehouseColumns(table, source, model);
  const relations = relationsOf(table, all);
  return {
    ...headOf(table, table.kind, source),
    from: sourcesOf(table, sourceModel(model, source)),
    columns,
    referred_by: referrers(table, all),
    relations,
    queries: exampleQueries(table, columns, relations, firstFact(table, all)),
  };
}

function headOf(
  table: SourceTableSpec,
  kind: CatalogueTable["kind"],
  source: string,
): Pick<CatalogueTable, "name" | "kind" | "source" | "meaning" | "grain" | "key"> {
  const { name, key, meaning, grain = `one row per ${rowName(table)}` } = table;
  return { name, kind, source, ...meaning !== undefined && { meaning }, grain, key };
}

/** Returns what a row is called: `payment` for the key `payment_id`, else the name of the table. */
function rowName({ name, key }: SourceTableSpec): string {
  const singular = /^(.+)_id$/i.exec(key)?.[1];
  return (singular ?? name.replace(/^(dim|fact)_/, "")).replaceAll("_", " ");
}

function sourcesOf(table: WarehouseTableSpec, model: Model): string[] {
  if (table.kind === "calendar") return [];
  const joined = tableJoins(table, model).map(({ parent }) => parent.name);
  return [...new Set([table.from, ...joined])];
}

function referrers(
  { name }: SourceTableSpec,
  all: readonly SourceTableSpec[],
): CatalogueTable["referred_by"] {
  return all.flatMap(({ name: table, columns }) =>
    Object.entries(columns).filter(([, { references }]) => references === name)
      .map(([column]) => ({ table, column }))
  );
}

/** Returns the first fact that refers to a table, with the column that does. */
function firstFact(
  { name }: WarehouseTableSpec,
  all: readonly WarehouseTableSpec[],
): { readonly fact: FactSpec; readonly column: string } | undefined {
  for (const fact of all.filter((table) => table.kind === "fact")) {
    const column = Object.keys(fact.columns).find((column) =>
      fact.columns[column].references === name
    );
    if (column !== undefined) return { fact, column };
  }
}

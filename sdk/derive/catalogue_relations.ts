/**
 * The tables and views that belong to a table of the warehouse.
 *
 * @module
 */
import type { FactSpec, WarehouseTableSpec } from "../../schemas/table.ts";
import {
  CONVERSION_COLUMNS,
  convertedOf,
  convertedViews,
  EXCHANGE_RATE_ON,
  RATES_FACT,
} from "./converted_views.ts";
import { historyOf, VALID_TO, versionsOf } from "./ddl.ts";

/** A column of a table or view that belongs to another table. */
export interface RelationColumn {
  /** The column's name. */
  readonly name: string;
  /** The column's type in Postgres. */
  readonly type: string;
  /** What a value means. */
  readonly meaning: string;
}

/** A table or view that belongs to a table. */
export interface CatalogueRelation {
  /** Its name. */
  readonly name: string;
  /** Whether it stores rows. */
  readonly kind: "table" | "view";
  /** What it shows. */
  readonly meaning: string;
  /** Whether it has every column of the table too. */
  readonly extends: boolean;
  /** Its columns, those of the table left out. */
  readonly columns: readonly RelationColumn[];
}

/** Returns what belongs to a table: a fact's history and views. */
export function relationsOf(
  table: WarehouseTableSpec,
  all: readonly WarehouseTableSpec[],
): CatalogueRelation[] {
  if (table.kind !== "fact") return [];
  const views = new Set(convertedViews(all).map(({ name }) => name));
  const relations = [...versionRelations(table)];
  if (views.has(convertedOf(table))) relations.push(convertedRelation(table));
  if (table.name === RATES_FACT && views.has(EXCHANGE_RATE_ON)) relations.push(RATES_OF_DATES);
  return relations;
}

function versionRelations(fact: FactSpec): CatalogueRelation[] {
  return [
    {
      name: historyOf(fact),
      kind: "table",
      meaning: "Superseded and deleted versions",
      extends: true,
      columns: [ended("Time of the source snapshot from which the version is no longer valid")],
    },
    {
      name: versionsOf(fact),
      kind: "view",
      meaning: "Every version: current, superseded and deleted",
      extends: true,
      columns: [ended("Time the version ended; NULL for the current one")],
    },
  ];
}

function ended(meaning: string): RelationColumn {
  return { name: VALID_TO, type: "timestamptz", meaning };
}

const [REFERENCE_CURRENCY, RATE, RATE_DATE] = CONVERSION_COLUMNS;

function convertedRelation(fact: FactSpec): CatalogueRelation {
  const { amounts, on } = fact.convert!;
  return {
    name: convertedOf(fact),
    kind: "view",
    meaning: "Current rows with amounts in the reference currency",
    extends: true,
    columns: [
      { name: REFERENCE_CURRENCY, type: "text", meaning: "Code of the reference currency" },
      {
        name: RATE,
        type: "numeric",
        meaning: `Last rate published on or before ${on}; NULL if there is none`,
      },
      { name: RATE_DATE, type: "date", meaning: "Day the rate was published" },
      ...amounts.map((name) => ({
        name: `${name}_converted`,
        type: "numeric",
        meaning: `${name} in the reference currency, not rounded; NULL without a rate`,
      })),
    ],
  };
}

const RATES_OF_DATES: CatalogueRelation = {
  name: EXCHANGE_RATE_ON,
  kind: "view",
  meaning: "Rate of every date and currency, in the reference currency",
  extends: false,
  columns: [
    { name: "date_id", type: "date", meaning: "Date of the calendar" },
    { name: "currency", type: "text", meaning: "Code of the currency" },
    { name: REFERENCE_CURRENCY, type: "text", meaning: "Code of the reference currency" },
    { name: RATE, type: "numeric", meaning: "Price of one unit, in the reference currency" },
    { name: RATE_DATE, type: "date", meaning: "Day the rate was published, on or before the date" },
  ],
};

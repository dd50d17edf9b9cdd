/**
 * Questions that a table of the warehouse answers, as SQL. They run on any warehouse of the model, also an
 * empty one.
 *
 * @module
 */
import type { FactSpec, WarehouseTableSpec } from "../../schemas/table.ts";
import { readableIdentifier as identifier } from "../postgres/sql.ts";
import type { CatalogueColumn } from "./catalogue_columns.ts";
import type { CatalogueRelation } from "./catalogue_relations.ts";
import { CONVERSION_COLUMNS, convertedOf } from "./converted_views.ts";
import { DELETED_AT, VALID_FROM, VALID_TO, versionsOf } from "./ddl.ts";

/** A question and its answer in SQL. */
export interface ExampleQuery {
  /** What the query shows. */
  readonly title: string;
  /** One statement. */
  readonly sql: string;
}

/** A fact, and its column that refers to a dimension. */
interface Referrer {
  readonly fact: FactSpec;
  readonly column: string;
}

/**
 * Returns the queries of a table.
 *
 * @param referrer A fact that refers to it.
 */
export function exampleQueries(
  table: WarehouseTableSpec,
  columns: readonly CatalogueColumn[],
  relations: readonly CatalogueRelation[],
  referrer: Referrer | undefined,
): ExampleQuery[] {
  if (table.kind === "fact") return factQueries(table, relations);
  const label = columns.find(({ type, key, personal }) =>
    key === undefined && !personal && /^(text|varchar)/.test(type)
  );
  return [
    ...referrer && label ? [perMember(table, label.name, referrer)] : [],
    ...table.kind === "dimension" ? [deletedRows(table)] : [],
  ];
}

function factQueries(fact: FactSpec, relations: readonly CatalogueRelation[]): ExampleQuery[] {
  const isConverted = relations.some(({ name }) => name === convertedOf(fact));
  return [
    versionsOfOne(fact),
    asOf(fact),
    ...perMonth(fact),
    ...isConverted ? [convertedAmounts(fact)] : [],
  ];
}

function versionsOfOne(fact: FactSpec): ExampleQuery {
  const key = identifier(fact.key);
  return {
    title: "Every version of one row",
    sql: `SELECT *
FROM ${identifier(versionsOf(fact))}
WHERE ${key} = (
  SELECT max(${key}) FROM ${identifier(fact.name)}
)
ORDER BY ${VALID_FROM};`,
  };
}

function asOf(fact: FactSpec): ExampleQuery {
  return {
    title: "The rows as they were a week ago",
    sql: `SELECT *
FROM ${identifier(versionsOf(fact))}
WHERE ${VALID_FROM} <= now() - interval '7 days'
  AND (${VALID_TO} IS NULL
    OR ${VALID_TO} > now() - interval '7 days')
LIMIT 100;`,
  };
}

const LIST = new Intl.ListFormat("en-GB");

/** Whole numbers add up. An amount can be a price, or in several currencies. */
function perMonth(fact: FactSpec): ExampleQuery[] {
  const columns = Object.entries(fact.columns).filter(([name]) => name !== fact.key);
  const date = columns.find(([, { type, references }]) => type === "date" && references);
  if (!date) return [];
  const measures = columns.filter(([, { type, references }]) =>
    (type === "integer" || type === "bigint") && references === undefined
  ).map(([name]) => name);
  const sums = measures.map((name) => `,\n  sum(${identifier(name)}) AS ${identifier(name)}`);
  return [{
    title: `${LIST.format(["Rows", ...measures])} per month of ${date[0]}`,
    sql: `SELECT date_trunc('month', ${identifier(date[0])})::date AS month,
  count(*) AS rows${sums.join("")}
FROM ${identifier(fact.name)}
GROUP BY 1
ORDER BY 1;`,
  }];
}

function convertedAmounts(fact: FactSpec): ExampleQuery {
  const { amounts } = fact.convert!;
  const [currency, rate, date] = CONVERSION_COLUMNS;
  const names = [fact.key, ...amounts, rate, date, ...amounts.map((name) => `${name}_converted`)];
  return {
    title: "Amounts in the reference currency",
    sql: `SELECT ${[...names, currency].map(identifier).join(",\n  ")}
FROM ${identifier(convertedOf(fact))}
ORDER BY ${identifier(fact.key)} DESC
LIMIT 10;`,
  };
}

function perMember(
  table: WarehouseTableSpec,
  label: string,
  { fact, column }: Referrer,
): ExampleQuery {
  return {
    title: `Rows of ${fact.name} per ${label}`,
    sql: `SELECT d.${identifier(label)}, count(*) AS rows
FROM ${identifier(fact.name)} f
JOIN ${identifier(table.name)} d
  ON d.${identifier(table.key)} = f.${identifier(column)}
GROUP BY 1
ORDER BY 2 DESC, 1;`,
  };
}

function deletedRows(table: WarehouseTableSpec): ExampleQuery {
  return {
    title: "Rows that were deleted in the source",
    sql: `SELECT ${identifier(table.key)}, ${DELETED_AT}
FROM ${identifier(table.name)}
WHERE ${DELETED_AT} IS NOT NULL
ORDER BY ${DELETED_AT} DESC;`,
  };
}

import type { ColumnType } from "../../schemas/origin.ts";
import type { Conversion, FactSpec, TableSpec, WarehouseTableSpec } from "../../schemas/table.ts";
import { CONVERSION_COLUMNS } from "./converted_views.ts";
import { mappingError } from "./mapping_error.ts";

const NUMBERS: readonly ColumnType[] = ["integer", "bigint", "numeric"];

/**
 * Checks what a fact converts. A dimension that is not among `all` belongs to another source, and is not
 * looked into.
 *
 * @throws {ConfigurationError} when a column is missing or has the wrong type.
 */
export function checkConversion(
  fact: FactSpec,
  { amounts, currency, on }: Conversion,
  all: readonly WarehouseTableSpec[],
): void {
  for (const name of amounts) checkColumn(fact, fact, name, NUMBERS);
  checkColumn(fact, fact, on, ["date"]);
  checkCurrency(fact, currency, all);
  const added = [...CONVERSION_COLUMNS, ...amounts.map((name) => `${name}_converted`)];
  const taken = added.find((name) => Object.hasOwn(fact.columns, name));
  if (taken === undefined) return;
  const problem = `convert: the view adds a column ${taken}, which the fact has too`;
  throw mappingError(fact, undefined, problem, "rename the column of the fact");
}

function checkCurrency(fact: FactSpec, path: string, all: readonly WarehouseTableSpec[]): void {
  const [column, code] = path.split(".");
  if (code === undefined) return checkColumn(fact, fact, column, ["text"]);
  const target = columnOf(fact, fact, column).references;
  if (target === undefined) {
    const problem = `convert: ${column} references no table`;
    throw mappingError(fact, undefined, problem, `set \`currency\` to ${column}, or references`);
  }
  const parent = all.find(({ name }) => name === target);
  if (parent) checkColumn(fact, parent, code, ["text"]);
}

function checkColumn(
  fact: FactSpec,
  table: TableSpec,
  name: string,
  types: readonly ColumnType[],
): void {
  const { type } = columnOf(fact, table, name);
  if (types.includes(type)) return;
  const problem = `convert: ${name} is ${type}, not ${types.join(" or ")}`;
  throw mappingError(fact, undefined, problem, "name another column in `convert`");
}

function columnOf(fact: FactSpec, table: TableSpec, name: string) {
  if (Object.hasOwn(table.columns, name)) return table.columns[name];
  const next = `name one of: ${Object.keys(table.columns).join(", ")}`;
  throw mappingError(fact, undefined, `convert: ${table.name} has no column ${name}`, next);
}

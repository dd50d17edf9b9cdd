import type { Model } from "../../schemas/model.ts";
import type { DerivedTable, WarehouseTableSpec } from "../../schemas/table.ts";
import { checkConversion } from "./check_conversion.ts";
import { mappingError } from "./mapping_error.ts";
import { resolveColumns, tableJoins } from "./resolve_columns.ts";
import { everyTable } from "./source_model.ts";
import { sourceTable } from "./source_table.ts";

/** The models without a mistake: every stage checks its model, at once after the first time. */
const checked = new WeakSet<Model>();

/**
 * Checks that every warehouse table of a model can be made from its source tables: the rules that
 * `Problems` checks at compile time, for a model that comes as data.
 *
 * @throws {ConfigurationError} when it cannot: the message names the table and the column, `next` what to
 * write instead.
 */
export function checkModel(model: Model): void {
  if (checked.has(model)) return;
  for (const table of model.warehouse) checkTable(table, model);
  const all = everyTable(model);
  for (const table of all) {
    if (table.kind === "fact" && table.convert) checkConversion(table, table.convert, all);
  }
  checked.add(model);
}

function checkTable(table: WarehouseTableSpec, model: Model): void {
  if (!Object.hasOwn(table.columns, table.key)) {
    const next = `name one of: ${Object.keys(table.columns).join(", ")}`;
    throw mappingError(table, undefined, `its key ${table.key} is no column of it`, next);
  }
  if (table.kind === "calendar") {
    checkCalendar(table);
    resolveColumns(table, model);
  } else if (table.row) {
    checkRowTable(table);
    tableJoins(table, model);
  } else {
    checkColumns(table, model);
  }
}

function checkCalendar(table: WarehouseTableSpec): void {
  const { type, of = table.key } = table.columns[table.key];
  if (type === "date" && of === table.key) return;
  throw mappingError(table, table.key, "the key of a calendar is a date", 'write { type: "date" }');
}

/** A row function makes every column. */
function checkRowTable(table: DerivedTable): void {
  for (const [name, { of, part, by }] of Object.entries(table.columns)) {
    if (of === undefined && part === undefined && by === undefined) continue;
    const problem = "the table has a `row` function, which makes every column";
    throw mappingError(table, name, problem, "remove `of`, `part` and `by`, or `row`");
  }
}

function checkColumns(table: DerivedTable, model: Model): void {
  const columns = resolveColumns(table, model);
  const from = sourceTable(model, table.from);
  const key = columns.find(({ name }) => name === table.key)!;
  const isMade = key.part !== undefined || key.by !== undefined;
  if (key.joins.length > 0 || key.column !== from.key || isMade) {
    const problem = `the key must be that of ${from.name}: deleted rows are found by it`;
    throw mappingError(table, table.key, problem, `write of: ${JSON.stringify(from.key)}`);
  }
  const used = new Set(columns.flatMap(({ joins }) => joins.map(({ path }) => path)));
  const unused = Object.keys(table.join ?? {}).find((path) => !used.has(path));
  if (unused === undefined) return;
  throw mappingError(
    table,
    undefined,
    `no column comes from the join ${unused}`,
    `use it in \`of\`, or remove it from \`join\``,
  );
}

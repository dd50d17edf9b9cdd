import {
  type AnyRow,
  type DerivedTable,
  dimDate,
  type Model,
  type RowFunction,
  totesys,
  type WarehouseTableSpec,
} from "../../schemas/mod.ts";
import { rowTransform } from "../../sdk/transform/row_transform.ts";

/** Returns the model with a row function for one of its tables. */
export function withRowFunction(model: Model, name: string, row: RowFunction): Model {
  const warehouse = model.warehouse.map((table): WarehouseTableSpec =>
    table.name === name && table.kind !== "calendar" ? { ...withoutOrigins(table), row } : table
  );
  return { ...model, warehouse };
}

function withoutOrigins(table: DerivedTable): DerivedTable {
  const columns = Object.entries(table.columns).map(([name, column]) => {
    const { of: _, part: __, by: ___, ...spec } = column;
    return [name, spec];
  });
  return { ...table, columns: Object.fromEntries(columns) };
}

/** Returns the row of the totesys calendar for a date. */
export function calendarRow(date_id: string): AnyRow {
  return rowTransform(dimDate, totesys)({ date_id }, {})!;
}

import type { AnyRow, Model, SourceTableSpec, WarehouseTableSpec } from "../../schemas/mod.ts";
import type { Transforms } from "../../sdk/options.ts";

/** Returns the model that mirrors these tables, and its transforms. */
export function mirrorOf(
  tables: readonly SourceTableSpec[],
  kind: "dimension" | "fact" = "dimension",
): { model: Model; transforms: Transforms } {
  const warehouse = tables.map((table): WarehouseTableSpec =>
    kind === "fact"
      ? { ...table, kind, from: table.name, surrogate: "the record" }
      : { ...table, kind, from: table.name }
  );
  const transforms = Object.fromEntries(tables.map(({ name }) => [name, (row: AnyRow) => row]));
  return { model: { source: tables, warehouse }, transforms };
}

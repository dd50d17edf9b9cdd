import type { Model, SourceTableSpec, WarehouseTableSpec } from "../../schemas/mod.ts";

/** Returns the model that mirrors these tables. */
export function mirrorOf(
  tables: readonly SourceTableSpec[],
  kind: "dimension" | "fact" = "dimension",
): Model {
  const warehouse = tables.map((table): WarehouseTableSpec =>
    kind === "fact"
      ? { ...table, kind, from: table.name, surrogate: "the record" }
      : { ...table, kind, from: table.name }
  );
  return { source: tables, warehouse };
}

/**
 * Which tables a fold has to follow. Whether a row is in its table depends on the rows that it refers to,
 * and whether those stay when they are deleted depends on what else refers to them.
 *
 * @module
 */
import type { Model } from "../../../schemas/model.ts";
import type { WarehouseTableSpec } from "../../../schemas/table.ts";
import { references } from "../../derive/ddl.ts";
import { everyTable } from "../../derive/source_model.ts";
import { TableState } from "./table_state.ts";
import type { Versions } from "./versions.ts";

/**
 * Returns the tables to follow for the versions of one, in the order of the model: dimensions before the
 * facts that refer to them. `deletesFrom` are the dimensions that rows are deleted from.
 */
export function planFold(
  target: WarehouseTableSpec,
  versions: Versions,
  model: Model,
  deletesFrom: ReadonlySet<string>,
): TableState[] {
  const every = everyTable(model);
  const parents = new Map(
    every.map((table) => [table, references(table, every).map(({ parent }) => parent)]),
  );
  const refersTo = (child: WarehouseTableSpec, table: WarehouseTableSpec) =>
    parents.get(child)!.includes(table);
  const losesRows = (table: WarehouseTableSpec) =>
    table.kind === "dimension" && deletesFrom.has(table.name);
  const roleOf = (table: WarehouseTableSpec, needed: readonly WarehouseTableSpec[]) => {
    const keepsReferences = needed.some((parent) => losesRows(parent) && refersTo(table, parent));
    const isReferredTo = needed.some((child) => refersTo(child, table));
    return {
      keepsReferences,
      keepsKeys: isReferredTo || (keepsReferences && table.kind !== "fact"),
    };
  };
  let needed = [target];
  for (let size = 0; size !== needed.length;) {
    size = needed.length;
    const before = needed;
    needed = every.filter((table) =>
      before.includes(table) || before.some((other) =>
        refersTo(other, table) ||
        (losesRows(other) && refersTo(table, other) && roleOf(other, before).keepsKeys)
      )
    );
  }
  const states = new Map(needed.map((table) => {
    const role = { ...roleOf(table, needed), ...table === target && { versions } };
    return [table.name, new TableState(table, role)];
  }));
  for (const state of states.values()) {
    state.parents = references(state.spec, every).map(({ parent }) => states.get(parent.name)!);
    for (const parent of state.parents) parent.children.add(state);
  }
  return [...states.values()];
}

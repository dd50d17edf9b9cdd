import type { WarehouseTableSpec } from "../../schemas/table.ts";
import type { Connection, QueryRow } from "../postgres/connection.ts";
import { acquireLoaderLock } from "./loader_lock.ts";
import { applyMigrations } from "./migrate.ts";
import { selectTables, tablesOf, type WarehouseTable } from "./tables.ts";
import { selectState, stateOf, type WarehouseState } from "./warehouse_state.ts";

/** The warehouse as the holder of the loader's lock sees it. */
export interface LockedWarehouse extends WarehouseState {
  /** The tables that exist, by name. */
  readonly tables: Map<string, WarehouseTable>;
}

/**
 * Begins the transaction of a commit of a source, in one round trip if the control tables were there
 * before. `all` are the tables to look for; `state` is undefined if the control tables were not there.
 */
export async function lockWarehouse(
  warehouse: Connection,
  source: string,
  all: readonly WarehouseTableSpec[],
  state: WarehouseState | undefined,
): Promise<LockedWarehouse> {
  const questions = [selectState(source), selectTables(all)];
  if (state) return lockedWarehouse(await acquireLoaderLock(warehouse, ...questions));
  await acquireLoaderLock(warehouse);
  await applyMigrations(warehouse);
  return lockedWarehouse(await warehouse.batch(questions));
}

function lockedWarehouse([state, tables]: readonly QueryRow[][]): LockedWarehouse {
  return { ...stateOf(state), tables: tablesOf(tables) };
}

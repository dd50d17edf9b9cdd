import type { Model } from "../../schemas/model.ts";
import type { Connection, QueryRow } from "../postgres/connection.ts";
import { acquireLoaderLock } from "./loader_lock.ts";
import { applyMigrations } from "./migrate.ts";
import { selectTables, tablesOf, type WarehouseTable } from "./tables.ts";
import { SELECT_STATE, stateOf, type WarehouseState } from "./warehouse_state.ts";

/** The warehouse as the holder of the loader's lock sees it. */
export interface LockedWarehouse extends WarehouseState {
  /** The tables that exist, by name. */
  readonly tables: Map<string, WarehouseTable>;
}

/**
 * Begins the transaction of a commit, in one round trip if the control tables were there before.
 * `state` is undefined if they were not.
 */
export async function lockWarehouse(
  warehouse: Connection,
  model: Model,
  state: WarehouseState | undefined,
): Promise<LockedWarehouse> {
  const questions = [SELECT_STATE, selectTables(model)];
  if (state) return lockedWarehouse(await acquireLoaderLock(warehouse, ...questions));
  await acquireLoaderLock(warehouse);
  await applyMigrations(warehouse);
  return lockedWarehouse(await warehouse.batch(questions));
}

function lockedWarehouse([state, tables]: readonly QueryRow[][]): LockedWarehouse {
  return { ...stateOf(state), tables: tablesOf(tables) };
}

import { EtlError } from "../../../../sdk/errors.ts";
import type { TableState } from "../operations/operations.ts";
import { type OperationsOptions, readOperations } from "../operations/read_operations.ts";

/** What the warehouse knows about its tables. */
export interface TableFacts {
  /** How each table is, by its name. */
  readonly tables: ReadonlyMap<string, TableState>;
  /** Why the warehouse cannot be read; null when it can. */
  readonly problem: string | null;
}

/**
 * Reads how every table is. A catalogue is worth reading without a warehouse, so a failure is part of the
 * result.
 */
export async function readTableFacts(options: OperationsOptions): Promise<TableFacts> {
  try {
    const { tables } = await readOperations({ ...options, runs: 1 });
    return { tables: new Map(tables.map((state) => [state.table, state])), problem: null };
  } catch (error) {
    if (!(error instanceof EtlError)) throw error;
    return { tables: new Map(), problem: error.message };
  }
}

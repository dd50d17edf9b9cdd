import type { TableSpec } from "../../schemas/table.ts";
import { ConfigurationError } from "../errors.ts";

/** Returns the error for a mistake in the mapping of a warehouse table, or of one of its columns. */
export function mappingError(
  table: TableSpec,
  column: string | undefined,
  problem: string,
  next: string,
): ConfigurationError {
  const place = column === undefined ? table.name : `${table.name}.${column}`;
  return new ConfigurationError(`${place}: ${problem}`, {
    stage: "configuration",
    table: table.name,
    next,
  });
}

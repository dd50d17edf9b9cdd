import { createHash } from "node:crypto";
import type { Model } from "../../schemas/model.ts";
import type { TableSpec } from "../../schemas/table.ts";

/**
 * Version of the code that all models share. Raise it when the same model makes other rows of the same
 * input: a replay then does not reuse the old ones.
 */
const CODE_VERSION = 1;

/** Digits of the hash: enough to tell all versions of a model apart. */
const HASH_DIGITS = 8;

/**
 * Returns the version of what makes the processed zone, as in `1.9f86d081`: the version of the shared code,
 * and a hash of the model, in which each function counts with its version.
 */
export function transformVersion({ source, warehouse, functions }: Model): string {
  // A view does not change rows. JSON leaves out what is undefined, and the functions themselves.
  const made = warehouse.map((table) => ({ ...withoutDescriptions(table), convert: undefined }));
  const read = source.map(withoutDescriptions);
  const literals = JSON.stringify({ source: read, warehouse: made, functions });
  const hash = createHash("sha256").update(literals).digest("hex");
  return `${CODE_VERSION}.${hash.slice(0, HASH_DIGITS)}`;
}

/** Returns a table without what only people read: it changes no row. */
function withoutDescriptions<T extends TableSpec>(table: T) {
  const columns = Object.entries(table.columns).map(([name, column]) => [
    name,
    { ...column, meaning: undefined, personal: undefined },
  ]);
  return {
    ...table,
    meaning: undefined,
    grain: undefined,
    columns: Object.fromEntries(columns),
  };
}

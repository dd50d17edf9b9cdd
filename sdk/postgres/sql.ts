import { EtlError } from "../errors.ts";

/** Bytes of a name, as UTF-8. */
const MOST_BYTES = 63;
const encoder = new TextEncoder();

/**
 * Quotes an identifier for SQL: the one place where a name becomes SQL text. Values never do; they
 * are parameters.
 *
 * @throws {EtlError} when the name holds a NUL, which no Postgres identifier can, or is longer than
 * one: Postgres would cut it, and two names could become one.
 */
export function identifier(name: string): string {
  if (name.includes("\0")) throw new EtlError(`not an identifier: ${JSON.stringify(name)}`);
  // A character is one to three bytes per UTF-16 unit: the bytes need counting only in between.
  if (name.length > MOST_BYTES / 3 && encoder.encode(name).length > MOST_BYTES) {
    throw new EtlError(
      `${JSON.stringify(name)} is longer than ${MOST_BYTES} bytes, the most a name in Postgres has`,
      { next: "shorten the table's name in the model: those of a fact end in _history, _versions" },
    );
  }
  return `"${name.replaceAll('"', '""')}"`;
}

/** Quotes several identifiers, separated by commas; with `alias`, each is qualified by it. */
export function identifiers(names: readonly string[], alias?: string): string {
  const prefix = alias === undefined ? "" : `${alias}.`;
  return names.map((name) => prefix + identifier(name)).join(", ");
}

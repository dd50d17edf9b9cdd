import { EtlError } from "../errors.ts";

/** The most bytes of an identifier, in UTF-8. */
const MOST_BYTES = 63;
const encoder = new TextEncoder();

/**
 * Quotes an identifier for SQL. This is the only place where a name becomes SQL text; values are
 * always parameters.
 *
 * @throws {EtlError} when the name contains a NUL, which no identifier can, or is too long:
 * Postgres would truncate it, and two names could become one.
 */
export function identifier(name: string): string {
  if (name.includes("\0")) throw new EtlError(`not an identifier: ${JSON.stringify(name)}`);
  // A UTF-16 unit is one to three bytes: bytes need counting only for names in between.
  if (name.length > MOST_BYTES / 3 && encoder.encode(name).length > MOST_BYTES) {
    throw new EtlError(
      `${JSON.stringify(name)} is longer than ${MOST_BYTES} bytes, Postgres's limit for a name`,
      {
        next:
          "shorten the table's name in the model; a fact also needs room for _history and _versions",
      },
    );
  }
  return `"${name.replaceAll('"', '""')}"`;
}

/** Quotes several identifiers, separated by commas; each is qualified by `alias` if given. */
export function identifiers(names: readonly string[], alias?: string): string {
  const prefix = alias === undefined ? "" : `${alias}.`;
  return names.map((name) => prefix + identifier(name)).join(", ");
}

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

/**
 * Quotes an identifier for SQL that people read: only where Postgres needs quotes.
 *
 * @throws {EtlError} when it is no identifier, as {@linkcode identifier} does.
 */
export function readableIdentifier(name: string): string {
  const quoted = identifier(name);
  return /^[a-z_][a-z0-9_]*$/.test(name) && !RESERVED.has(name) ? name : quoted;
}

/** The words that Postgres reserves: those that are no name of a column or table without quotes. */
const RESERVED: ReadonlySet<string> = new Set(
  `all analyse analyze and any array as asc asymmetric authorization binary both case cast check collate
  collation column concurrently constraint create cross current_catalog current_date current_role
  current_schema current_time current_timestamp current_user default deferrable desc distinct do else end
  except false fetch for foreign freeze from full grant group having ilike in initially inner intersect into
  is isnull join lateral leading left like limit localtime localtimestamp natural not notnull null offset on
  only or order outer overlaps placing primary references returning right select session_user similar some
  symmetric system_user table tablesample then to trailing true union unique user using variadic verbose
  when where window with`.split(/\s+/),
);

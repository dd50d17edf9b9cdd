import { EtlError } from "../errors.ts";

/**
 * Quotes an identifier for SQL: the one place where a name becomes SQL text. Values never do; they
 * are parameters.
 *
 * @throws {EtlError} when the name holds a NUL, which no Postgres identifier can.
 */
export function identifier(name: string): string {
  if (name.includes("\0")) throw new EtlError(`not an identifier: ${JSON.stringify(name)}`);
  return `"${name.replaceAll('"', '""')}"`;
}

/** Quotes several identifiers, separated by commas; with `alias`, each is qualified by it. */
export function identifiers(names: readonly string[], alias?: string): string {
  const prefix = alias === undefined ? "" : `${alias}.`;
  return names.map((name) => prefix + identifier(name)).join(", ");
}

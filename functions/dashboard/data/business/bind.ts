/**
 * Queries that are written once and sent in two ways: with parameters to the warehouse, and with literals to
 * people, who paste them into psql.
 *
 * @module
 */
import { printable } from "../../../format.ts";
import type { Statement } from "../../../../sdk/postgres/statement.ts";

/** The types of values. */
export type ValueType =
  | "date"
  | "text"
  | "integer"
  | "timestamptz"
  | `${"date" | "integer" | "numeric"}[]`;

/** Returns the SQL of a value. */
export type Bind = (value: string, type: ValueType) => string;

/** A query, given how to write its values. */
export type BoundQuery = (bind: Bind) => string;

/** Returns a query with parameters. */
export function parameterized(query: BoundQuery): Statement {
  const names = new Map<string, string>();
  const values: string[] = [];
  const text = query((value, type) => {
    const key = `${type} ${value}`;
    const known = names.get(key);
    if (known) return known;
    const name = `$${values.push(value)}::${type}`;
    names.set(key, name);
    return name;
  });
  return { text, values };
}

/** Returns a query with literals. */
export function withLiterals(query: BoundQuery): string {
  return query((value, type) => {
    const literal = quoteLiteral(value);
    if (type === "text") return literal;
    return type.endsWith("[]") ? `${literal}::${type}` : `${type} ${literal}`;
  });
}

/**
 * Quotes a value as a literal, whatever the server's `standard_conforming_strings` is. Control characters are
 * escaped: a terminal that they are pasted into would edit the line, or run it.
 */
export function quoteLiteral(value: string): string {
  const escaped = printable(value.replaceAll("\0", "").replaceAll("\\", "\\\\"));
  return `${escaped.includes("\\") ? "E" : ""}'${escaped.replaceAll("'", "''")}'`;
}

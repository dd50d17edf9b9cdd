/**
 * A change of the source's schema in words.
 *
 * @module
 */
import type { SchemaChangedAlert } from "../../sdk/mod.ts";
import { capitalized, withStop } from "../format.ts";
import type { AlertWords } from "./alert_words.ts";

/** What changed, given the name of the table or of the column. */
const CHANGES: Readonly<Record<SchemaChangedAlert["change"], (name: string) => string>> = {
  "table added": (name) => `table ${name} is new`,
  "table missing": (name) => `table ${name} is missing`,
  "table unreadable": (name) => `table ${name} cannot be read`,
  "column added": (name) => `column ${name} is new`,
  "column missing": (name) => `column ${name} is missing`,
  "column retyped": (name) => `column ${name} has another type`,
  "column widened": (name) => `column ${name} is wider`,
  "null allowed": (name) => `column ${name} can be NULL`,
  "key changed": (name) => `key ${name} has changed`,
  "depends on a stopped table": (name) => `table ${name} depends on a stopped table`,
};

/** Returns a change of the source's schema in words. */
export function renderSchemaChange(alert: SchemaChangedAlert): AlertWords {
  const { table, column, change, stops, detail, next } = alert;
  const what = CHANGES[change](column === undefined ? table : `${table}.${column}`);
  // A detail begins with a name, which keeps its case.
  const difference = withStop(detail ?? capitalized(what));
  return {
    title: `Schema changed: ${what}`,
    resolved: `Table ${table} matches the specs again`,
    happened: stops ? `${difference} Table ${table} is not read.` : difference,
    meaning: stops
      ? "The warehouse keeps the table's current rows. Once the table matches its spec, it is read " +
        "again in full. All other tables continue."
      : "All tables continue. Columns and tables that no spec describes do not reach the warehouse.",
    next: next ?? { operations: [{ name: "status" }] },
    facts: [
      ["Table", table],
      ["Change", column === undefined ? change : `${change} (${column})`],
    ],
  };
}

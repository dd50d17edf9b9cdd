/**
 * Rows as CSV (RFC 4180), for spreadsheets and for programs.
 *
 * @module
 */
import type { QueryRow } from "../../../../sdk/postgres/connection.ts";

const NUMBER = /^-?\d+(\.\d+)?$/;
/** What a spreadsheet takes for the beginning of a formula. */
const FORMULA = /^[=+\-@\t\r]/;

/** Returns rows as CSV, with a header line. Numbers have all their digits; NULL is an empty field. */
export function csvOf(rows: readonly QueryRow[]): string {
  if (rows.length === 0) return "";
  const names = Object.keys(rows[0]);
  const lines = [names, ...rows.map((row) => names.map((name) => row[name]))];
  return lines.map((line) => line.map(field).join(",") + "\r\n").join("");
}

function field(value: unknown): string {
  if (value === null || value === undefined) return "";
  const text = String(value);
  if (NUMBER.test(text)) return text;
  // Spreadsheets run formulas, also those of a file: an apostrophe makes them text.
  const harmless = FORMULA.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}

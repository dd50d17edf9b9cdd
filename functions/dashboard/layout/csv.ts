/**
 * Rows as CSV (RFC 4180), for spreadsheets and for programs.
 *
 * @module
 */
const NUMBER = /^[+-]?\d+(\.\d+)?$/;
/**
 * Where a spreadsheet can take text for a formula: at the beginning and, as the comma is no separator in many
 * countries, after what separates fields there. Quotes do not help, because they are not at a field's beginning.
 */
const FORMULA = /^(?=[\t\r\n])|(?:^|(?<=[;\t\r\n]))(?=[=+\-@\uff1d\uff0b\uff0d\uff20])/g;

/** The headers of an answer with a CSV file. */
export function csvHeaders(name: string): Record<string, string> {
  return {
    "content-type": "text/csv; charset=utf-8; header=present",
    "content-disposition": `attachment; filename="${name}.csv"`,
  };
}

/** Returns rows as CSV, with a header line. Numbers have all their digits; NULL is an empty field. */
export function csvOf(rows: readonly Readonly<Record<string, unknown>>[]): string {
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
  const harmless = text.replace(FORMULA, "'");
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}

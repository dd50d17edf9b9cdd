/** A cell: exact numbers are text already. */
export type CsvCell = string | number | boolean | null;

/** The headers of an answer with a CSV file. */
export function csvHeaders(name: string): Record<string, string> {
  return {
    "content-type": "text/csv; charset=utf-8; header=present",
    "content-disposition": `attachment; filename="${name}.csv"`,
  };
}

/** Returns a CSV file (RFC 4180). NULL is an empty cell. */
export function toCsv(
  heads: readonly string[],
  rows: readonly (readonly CsvCell[])[],
): string {
  return [heads, ...rows].map((row) => row.map(cell).join(",") + "\r\n").join("");
}

function cell(value: CsvCell): string {
  if (value === null) return "";
  if (typeof value !== "string") return String(value);
  const text = isFormula(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** A spreadsheet would calculate it: text of the source must not run there. A number is none. */
function isFormula(text: string): boolean {
  return /^[=+\-@\t\r]/.test(text) && !/^[+-]?\d+(\.\d+)?$/.test(text);
}

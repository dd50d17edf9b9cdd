/**
 * Prints the rows of Parquet files as JSON Lines, every value as text, with a blank line after each file.
 * The reader in Python uses it where pyarrow is not installed.
 *
 *     PARQUET_READER="deno run --allow-read --allow-env --allow-ffi tests/lake/parquet_lines.ts"
 *
 * @module
 */
import { DuckDBInstance } from "@duckdb/node-api";

const instance = await DuckDBInstance.create(":memory:");
const connection = await instance.connect();
for (const path of Deno.args) {
  const file = `'${path.replaceAll("'", "''")}'`;
  const result = await connection.runAndReadAll(`SELECT COLUMNS(*)::VARCHAR FROM ${file}`);
  for (const row of result.getRowObjectsJson()) console.log(JSON.stringify(row));
  console.log();
}
connection.closeSync();
instance.closeSync();

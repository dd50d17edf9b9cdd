import { type DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";

/** Runs a test with a DuckDB connection. `$file` in its SQL is the file. */
export async function duckdb(
  path: string,
  body: (query: (sql: string) => Promise<Record<string, unknown>[]>) => Promise<void>,
): Promise<void> {
  const instance = await DuckDBInstance.create(":memory:");
  const connection: DuckDBConnection = await instance.connect();
  try {
    await body(async (sql) => {
      const from = sql.replaceAll("$file", `'${path.replaceAll("'", "''")}'`);
      const result = await connection.runAndReadAll(from);
      return result.getRowObjectsJson() as Record<string, unknown>[];
    });
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

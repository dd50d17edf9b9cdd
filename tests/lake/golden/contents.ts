import type postgres from "postgres";

/** A row with every value as text. */
export type TextRow = Readonly<Record<string, string | null>>;

const TABLES = ["dim_product", "fact_sale", "fact_sale_history"];

/** Returns what a warehouse of the shop holds, by table. Times are in UTC. */
export async function contentsOf(sql: postgres.Sql): Promise<Record<string, TextRow[]>> {
  const contents: Record<string, TextRow[]> = {};
  const read = async (table: string, source: string) => {
    const rows = await sql.begin(async (transaction) => {
      await transaction`SET LOCAL TimeZone = 'UTC'`;
      return await transaction.unsafe(
        `SELECT (SELECT jsonb_object_agg(key, value) FROM jsonb_each_text(to_jsonb(t))) AS row
          FROM ${source} t ORDER BY 1`,
      );
    });
    contents[table] = rows.map(({ row }) => row);
  };
  for (const table of TABLES) await read(table, table);
  await read(
    "quarantine",
    "(SELECT table_name, key, reason, content::text, sequence, since FROM etl.quarantine)",
  );
  return contents;
}

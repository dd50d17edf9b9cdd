import type postgres from "postgres";

/**
 * Puts rules in front of a server's pg_hba.conf until the scope ends. Needs a superuser. The server itself
 * writes the file, because Deno guards the folder of a Postgres in memory.
 */
export async function hbaRules(
  sql: postgres.Sql,
  rules: readonly string[],
): Promise<AsyncDisposable> {
  const [{ path, before }] = await sql`
    SELECT current_setting('hba_file') AS path, pg_read_file(current_setting('hba_file')) AS before`;
  const write = async (text: string) => {
    const [{ id }] = await sql`SELECT lo_from_bytea(0, convert_to(${text}, 'UTF8')) AS id`;
    await sql`SELECT lo_export(${id}, ${path}), lo_unlink(${id}), pg_reload_conf()`;
  };
  await write(rules.map((rule) => `${rule}\n`).join("") + before);
  return { [Symbol.asyncDispose]: () => write(before) };
}

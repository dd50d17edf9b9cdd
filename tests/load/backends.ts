import type { Loading } from "./star.ts";

/**
 * Returns the loader's backend some time after it connected; undefined when the loader ends
 * earlier. The server waits, so that the clock starts when there is a backend to terminate.
 */
export async function backendAfter(
  sql: Loading["sql"],
  wait_ms: number,
  attempt: Promise<unknown>,
): Promise<number | undefined> {
  let done = false;
  attempt.finally(() => done = true);
  while (!done) {
    const [row] = await sql`
      SELECT pid, pg_sleep(${wait_ms / 1000})::text FROM pg_stat_activity
      WHERE datname = current_database() AND application_name = 'totesys-etl'`;
    if (row) return row.pid;
  }
}

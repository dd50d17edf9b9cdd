import { assert, assertEquals } from "@std/assert";
import postgres from "postgres";
import { startPostgres } from "../../dev/postgres.ts";
import { design } from "../../schemas/source/design.ts";
import { extract } from "../../sdk/extract/extract.ts";
import { postgresFolder } from "../support/postgres_folder.ts";
import { testLake } from "../support/lake.ts";
import { createSource, insert } from "../support/source.ts";
import { keysOf } from "./source_test_case.ts";

const ROLLBACKS = 5;

Deno.test("extract() misses nothing when the source crashes and reuses transaction ids", async () => {
  await using folder = await postgresFolder();
  const { dir } = folder;
  await using lake = await testLake();
  await using first = await startPostgres({ dir });
  const sql = postgres(first.url("postgres"), { max: 1, onnotice: () => {} });
  await createSource(sql);
  await insert(sql, design, { design_id: 1 });
  // Rollbacks are not flushed on their own. Until then a crash would free their ids.
  await sql`ALTER SYSTEM SET wal_writer_delay = '1s'`;
  await sql`SELECT pg_reload_conf()`;
  await sql`CHECKPOINT`;
  for (let i = 0; i < ROLLBACKS; i++) {
    await sql`BEGIN`;
    await sql`UPDATE design SET design_name = 'taken back'`;
    await sql`ROLLBACK`;
  }
  const options = { source: first.url("postgres"), ingestion: lake.ingestion };
  await extract(options);
  const shown = await nextTransaction(sql);
  await first.killHard();
  await sql.end({ timeout: 0 });
  await using second = await startPostgres({ dir, port: first.port });
  const again = postgres(second.url("postgres"), { max: 1, onnotice: () => {} });
  assert(await nextTransaction(again) >= shown, "ids that were shown are handed out again");
  await insert(again, design, { design_id: 2 });
  for (let i = 0; i < 2 * ROLLBACKS; i++) await again`SELECT pg_current_xact_id()`;
  assertEquals(await keysOf(lake.ingestion, await extract(options)), { design: [2] });
  await again.end();
});

async function nextTransaction(sql: postgres.Sql): Promise<bigint> {
  const [{ xmax }] = await sql`SELECT pg_snapshot_xmax(pg_current_snapshot())::text AS xmax`;
  return BigInt(xmax);
}

import { assert, assertEquals, assertMatch } from "@std/assert";
import postgres from "postgres";
import { type Postgres, startPostgres } from "../../dev/postgres.ts";
import { design } from "../../schemas/source/design.ts";
import { extract } from "../../sdk/extract/extract.ts";
import { postgresFolder } from "../support/postgres_folder.ts";
import { testLake } from "../support/lake.ts";
import { createSource, insert, type Sql } from "../support/source.ts";
import { keysOf } from "./source_test_case.ts";

const LOST = 40;

Deno.test("extract() reads everything after a standby was promoted, even before its first checkpoint", async () => {
  await using folder = await postgresFolder();
  await using standby = await postgresFolder();
  const [dir, copy] = [folder.dir, standby.dir];
  await using lake = await testLake();
  await using primary = await startPostgres({ dir });
  await as(primary, async (sql) => {
    await createSource(sql);
    await sql`ALTER SYSTEM SET checkpoint_timeout = '1h'`;
    for (let id = 1; id <= 3; id++) await insert(sql, design, { design_id: id });
    await sql`CHECKPOINT`;
    // Enough to write that the standby's first checkpoint is still running.
    await sql`CREATE TABLE filler AS SELECT repeat('x', 5000) FROM generate_series(1, 5000)`;
    await sql`ALTER TABLE filler ALTER COLUMN repeat SET STORAGE PLAIN`;
    await sql`UPDATE filler SET repeat = repeat || 'y'`;
  });
  await primary.killHard();
  const { success } = await new Deno.Command("cp", { args: ["-a", `${dir}/.`, copy] }).output();
  assert(success);

  // From here on, the standby receives nothing from the primary.
  await using again = await startPostgres({ dir, port: primary.port });
  const options = (server: Postgres) => ({
    source: server.url("postgres"),
    ingestion: lake.ingestion,
  });
  await as(again, async (sql) => {
    for (let i = 0; i < LOST; i++) {
      await sql`UPDATE design SET design_name = 'lost' WHERE design_id = 1`;
    }
  });
  await extract(options(again));
  await again.killHard();

  await promoteAtStart(copy);
  await using promoted = await startPostgres({ dir: copy });
  await as(promoted, async (sql) => {
    await sql`SELECT pg_promote()`;
    for (let i = 0; i < 2 * LOST; i++) {
      await sql`UPDATE design SET design_name = 'after' WHERE design_id = ${1 + i % 2}`;
    }
  });
  const result = await extract(options(promoted));
  assert(result.outcome === "committed");
  assertMatch(
    result.full_because ?? "",
    /^the source was restored or failed over \(timeline 2, was 1\)/,
  );
  assertEquals(await keysOf(lake.ingestion, result), { design: [1, 2, 3] });
});

/** Makes a server of this folder start as a standby without a primary. */
async function promoteAtStart(dir: string): Promise<void> {
  for (const place of [dir, `${dir}/data`]) {
    const found = await Deno.stat(`${place}/PG_VERSION`).catch(() => null);
    if (!found) continue;
    await Deno.writeTextFile(`${place}/standby.signal`, "");
    const { uid, gid } = await Deno.stat(`${place}/PG_VERSION`);
    await Deno.chown(`${place}/standby.signal`, uid, gid);
  }
}

async function as(server: Postgres, act: (sql: Sql) => Promise<void>): Promise<void> {
  const sql = postgres(server.url("postgres"), { max: 1, onnotice: () => {} });
  await act(sql);
  await sql.end();
}

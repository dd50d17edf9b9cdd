/**
 * Runs the tests against one embedded Postgres.
 *
 *     deno task test tests/lake --filter "put()"
 *
 * @module
 */
import { startPostgres } from "./postgres.ts";
import { withStd } from "./with_std.ts";

/** What tests may do. Of the network they get this machine only. */
const PERMISSIONS = [
  "--allow-read",
  "--allow-write",
  "--allow-env",
  "--allow-sys",
  "--allow-run",
  "--allow-ffi",
  "--allow-net=127.0.0.1,localhost",
];

async function main(): Promise<number> {
  await using server = await startPostgres();
  Deno.env.set("TEST_POSTGRES_URL", server.url("postgres"));
  return await withStd(["test", ...PERMISSIONS, ...Deno.args]);
}

if (import.meta.main) Deno.exit(await main());

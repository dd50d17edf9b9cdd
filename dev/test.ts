/**
 * Runs the tests against one embedded Postgres, and one server that speaks S3: the one that
 * S3_TEST_ENDPOINT names, or moto_server when it is installed.
 *
 *     deno task test tests/lake --filter "put()"
 *
 * @module
 */
import { MOTO_MISSING, startMoto } from "./moto.ts";
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
  await using moto = Deno.env.has("S3_TEST_ENDPOINT") ? null : await startMoto();
  if (moto) Deno.env.set("S3_TEST_ENDPOINT", moto.url);
  if (!Deno.env.has("S3_TEST_ENDPOINT")) {
    console.error(`note: the tests of AWS are skipped, or set S3_TEST_ENDPOINT: ${MOTO_MISSING}`);
  }
  return await withStd(["test", ...PERMISSIONS, ...Deno.args]);
}

if (import.meta.main) Deno.exit(await main());

/**
 * Runs the tests against embedded Postgres and an emulator of AWS: the one that S3_TEST_ENDPOINT
 * names, or moto_server when it is installed.
 *
 *     deno task test                               every test but the slow ones
 *     deno task test --all                         every test
 *     deno task test tests/lake --filter "put()"   the tests that are named, slow ones included
 *
 * @module
 */
import { runSuite } from "./test/suite.ts";
import { PERMISSIONS, startServers } from "./test/worker.ts";
import { withStd } from "./with_std.ts";

const TESTS = "tests";

async function main(args: readonly string[]): Promise<number> {
  const flags = args.filter((arg) => arg !== "--all");
  if (flags.some((arg) => !arg.startsWith("-") || arg.startsWith("--filter"))) {
    return await runNamed(flags);
  }
  if (await withStd(["check", "--quiet", TESTS]) !== 0) {
    console.log("FAILED: a module does not compile");
    return 1;
  }
  const success = await runSuite({ folder: TESTS, all: args.includes("--all"), flags });
  return success ? 0 : 1;
}

async function runNamed(args: readonly string[]): Promise<number> {
  await using servers = await startServers();
  // A test of the quick suite can call this: what it names is not left out.
  const environment = { ...servers.environment, TEST_QUICK: "" };
  for (const [name, value] of Object.entries(environment)) Deno.env.set(name, value);
  return await withStd(["test", ...PERMISSIONS, ...args]);
}

if (import.meta.main) Deno.exit(await main(Deno.args));

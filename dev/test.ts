/**
 * Runs the tests against embedded Postgres, and a server that speaks S3: the one that S3_TEST_ENDPOINT
 * names, or moto_server when it is installed. All of them are run in two halves; what is asked for by
 * name, in one.
 *
 *     deno task test tests/lake --filter "put()"
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { halvesOf, summed } from "./halves.ts";
import { MOTO_MISSING, startMoto } from "./moto.ts";
import { startPostgres } from "./postgres.ts";
import { passSignals, withStd } from "./with_std.ts";

const TESTS = "tests";

/** What tests may do. Of the network they get this machine only. */
const PERMISSIONS = [
  "--allow-read",
  "--allow-write",
  "--allow-env",
  "--allow-sys",
  "--allow-run",
  "--allow-net=127.0.0.1,localhost",
];

async function main(args: string[]): Promise<number> {
  const isForAll = args.every((arg) => arg.startsWith("-") && !arg.startsWith("--filter"));
  return await (isForAll ? runInHalves(args) : run(args));
}

async function run(args: readonly string[]): Promise<number> {
  await using server = await startPostgres();
  Deno.env.set("TEST_POSTGRES_URL", server.url("postgres"));
  await using moto = Deno.env.has("S3_TEST_ENDPOINT") ? null : await startMoto();
  if (moto) Deno.env.set("S3_TEST_ENDPOINT", moto.url);
  if (!Deno.env.has("S3_TEST_ENDPOINT")) {
    console.error(`note: the tests of AWS are skipped, or set S3_TEST_ENDPOINT: ${MOTO_MISSING}`);
  }
  return await withStd(["test", ...PERMISSIONS, "--allow-ffi", ...args]);
}

/** The first half is shown while it runs, the second after it, and last what they come to. */
async function runInHalves(flags: readonly string[]): Promise<number> {
  const started = Date.now();
  const halves = halvesOf(TESTS).map((files, place) =>
    startRun([...flagsOf(flags, place), ...files])
  );
  const forget = halves.map(passSignals);
  const [first, second] = halves.map(({ stdout }) => stdout.pipeThrough(new TextDecoderStream()));
  const later = Array.fromAsync(second);
  const outputs = ["", ""];
  for await (const text of first) outputs[0] += show(text);
  for (const text of await later) outputs[1] += show(text);
  const codes = await Promise.all(halves.map(async ({ status }) => (await status).code));
  forget.forEach((stop) => stop());
  const minutes = ((Date.now() - started) / 60_000).toFixed(1);
  console.log(
    `${
      summed(outputs) ?? "FAILED: a module does not compile, or a half was cut off"
    } (${minutes} min)`,
  );
  return Math.max(...codes);
}

/** The second half's coverage would begin by emptying the folder of the first's. */
function flagsOf(flags: readonly string[], half: number): string[] {
  return flags.map((flag) => flag.startsWith("--coverage=") ? `${flag}/${half}` : flag);
}

function show(text: string): string {
  Deno.stdout.writeSync(new TextEncoder().encode(text));
  return text;
}

/** A run of its own, by this very program. */
function startRun(args: readonly string[]): Deno.ChildProcess {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", ...PERMISSIONS, fileURLToPath(import.meta.url), ...args],
    env: Deno.stdout.isTerminal() ? { FORCE_COLOR: "1" } : {},
    stdin: "null",
    stdout: "piped",
  }).spawn();
}

if (import.meta.main) Deno.exit(await main(Deno.args));

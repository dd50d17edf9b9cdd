/**
 * Runs shards of tests, against servers of its own.
 *
 * @module
 */
import { startMoto } from "../moto.ts";
import { startPostgres } from "../postgres.ts";
import { passSignals, stdCommand } from "../with_std.ts";

/** What tests can do. They reach no network beyond this machine. */
export const PERMISSIONS = [
  "--allow-read",
  "--allow-write",
  "--allow-env",
  "--allow-sys",
  "--allow-run",
  "--allow-ffi",
  "--allow-net=127.0.0.1,localhost",
];

/** The servers that tests need. */
export interface Servers extends AsyncDisposable {
  /** Tells the tests where they are. */
  readonly environment: Readonly<Record<string, string>>;
}

/** Starts an embedded Postgres, and an emulator of AWS unless there is one or none is installed. */
export async function startServers(): Promise<Servers> {
  await using stack = new AsyncDisposableStack();
  // While Postgres starts, too. It ends with this process at the latest.
  const starting = Deno.env.has("S3_TEST_ENDPOINT") ? null : startMoto();
  const postgres = stack.use(await startPostgres({ inMemory: true }));
  const environment: Record<string, string> = { TEST_POSTGRES_URL: postgres.url("postgres") };
  const moto = stack.use(await starting);
  if (moto) environment.S3_TEST_ENDPOINT = moto.url;
  const servers = stack.move();
  return { environment, [Symbol.asyncDispose]: () => servers.disposeAsync() };
}

/** Runs `deno test` and returns what it printed. Its modules must have been type-checked. */
export async function runTests(
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<{ readonly success: boolean; readonly output: string }> {
  const command = await stdCommand(["test", "--no-check", ...PERMISSIONS, ...args], {
    env: { ...environment, ...(Deno.stdout.isTerminal() ? { FORCE_COLOR: "1" } : {}) },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  });
  const child = command.spawn();
  const forget = passSignals(child);
  let output = "";
  const read = async (stream: ReadableStream<Uint8Array>) => {
    for await (const text of stream.pipeThrough(new TextDecoderStream())) output += text;
  };
  const [{ success }] = await Promise.all([
    child.status,
    read(child.stdout),
    read(child.stderr),
  ]);
  forget();
  return { success, output };
}

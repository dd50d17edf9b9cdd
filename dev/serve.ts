/**
 * Runs the cloud functions on this machine against a simulated source that keeps changing, until
 * Ctrl-C: `deno task dev`.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { startActivity } from "./simulator/activity.ts";
import { fillFromSimulator } from "./simulator/fill.ts";
import { runTool } from "./run_tool.ts";
import { openSandbox } from "./sandbox.ts";

const ROWS = 5000;
const SEED = 42;
const EVENTS_PER_SECOND = 2;
const MAIN = fileURLToPath(new URL("../functions/main.ts", import.meta.url));

async function serve(stack: AsyncDisposableStack): Promise<void> {
  const sandbox = stack.use(await openSandbox());
  await fillFromSimulator(sandbox.environment.SOURCE_URL, { rows: ROWS, seed: SEED });
  stack.use(startActivity(sandbox.environment.SOURCE_URL, {
    seed: SEED,
    per_second: EVENTS_PER_SECOND,
  }));
  for (const [name, value] of Object.entries(sandbox.environment)) console.log(`${name}=${value}`);
  console.log(
    "The source changes twice a second. The crons run at every full minute. Press Ctrl-C to stop.",
  );
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "serve",
      "--host=127.0.0.1",
      "--port=0",
      "--unstable-cron",
      ...PERMISSIONS,
      MAIN,
    ],
    // The real providers are out of reach: this process connects to this machine only.
    env: { RATES_URL: "off", ...sandbox.environment },
    stdin: "null",
  }).spawn();
  stack.defer(() => stop(child));
  const { code } = await child.status;
  if (code !== 0) throw new Error(`functions/main.ts ended with exit code ${code}`);
}

const PERMISSIONS = [
  "--allow-env",
  "--allow-read",
  "--allow-write",
  "--allow-net=127.0.0.1",
  "--allow-sys",
];

/** Stops it as Deno Deploy does, so that the crons stop cleanly. */
async function stop(child: Deno.ChildProcess): Promise<void> {
  try {
    child.kill("SIGINT");
  } catch {
    // It has already ended: Ctrl-C on a terminal reaches it too.
  }
  await child.status;
}

if (import.meta.main) {
  await runTool(() => {
    const { values } = parseArgs({
      args: Deno.args,
      options: { help: { type: "boolean", short: "h" } },
    });
    return values.help ? undefined : serve;
  }, "usage: deno task dev");
}

/**
 * Runs the cloud functions on this machine against a simulated source that keeps changing, until
 * Ctrl-C: `deno task dev`.
 *
 * @module
 */
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { makeRole, newPassword } from "../deploy/roles.ts";
import { withUser } from "../deploy/urls.ts";
import { shortLine } from "./serve/short_line.ts";
import { startActivity } from "./simulator/activity.ts";
import { date, DAY_MS } from "./simulator/clock.ts";
import { STAFF } from "./simulator/dimensions.ts";
import { fillFromSimulator } from "./simulator/fill.ts";
import { serveRates } from "./simulator/rates.ts";
import { writeTargets } from "./simulator/targets.ts";
import { runTool } from "./run_tool.ts";
import { openSandbox, type Sandbox } from "./sandbox.ts";

const USAGE = `Run the cloud functions on this machine, against a simulated company.

Usage: deno task dev [options]

  --port N   Port of the dashboard and the health endpoint (default: a free one)
  --verbose  Print every line of the log`;

const ROWS = 5000;
const SEED = 42;
const EVENTS_PER_SECOND = 2;
/** The pounds that a member of staff should sell in a month: some do, and some do not. */
const TARGET = 1_450_000;
/** The days of the simulated company until today. */
const DAYS = 730;
/** The days whose exchange rates the dashboard waits for: it shows 13 weeks and those before. */
const FIRST_DAYS = 190;
const MAIN = fileURLToPath(new URL("../functions/main.ts", import.meta.url));
const ETL = fileURLToPath(new URL("../functions/cli/etl.ts", import.meta.url));
const PERMISSIONS = [
  "--allow-env",
  "--allow-read",
  "--allow-write",
  "--allow-net=127.0.0.1",
  "--allow-sys",
];

interface Options {
  readonly port: number;
  readonly verbose: boolean;
}

/**
 * Reads the options; undefined when help was requested.
 *
 * @throws {TypeError} when an option is unknown or wrong.
 */
export function readOptions(args: string[]): Options | undefined {
  const { values } = parseArgs({
    args,
    options: {
      port: { type: "string" },
      verbose: { type: "boolean", default: false },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) return undefined;
  const port = Number(values.port ?? 0);
  if (!(Number.isInteger(port) && port >= 0 && port < 65_536)) {
    throw new TypeError("--port must be a whole number from 1 to 65535");
  }
  return { port: freePort(port), verbose: values.verbose };
}

/** Returns a port, or a free one for 0. @throws {TypeError} when another program has it. */
function freePort(port: number): number {
  try {
    using listener = Deno.listen({ hostname: "127.0.0.1", port });
    return listener.addr.port;
  } catch {
    throw new TypeError(`another program uses port ${port}`);
  }
}

type Environment = Readonly<Record<string, string>>;

async function serve({ port, verbose }: Options, stack: AsyncDisposableStack): Promise<void> {
  console.log("Starting: a source, a first load, exchange rates and sales targets.");
  const sandbox = stack.use(await openSandbox());
  const url = `http://127.0.0.1:${port}`;
  const environment = {
    ...sandbox.environment,
    ...await createRoles(sandbox),
    ...startRates(stack),
    FILES_URL: pathToFileURL(join(sandbox.lake, "files")).href,
    DASHBOARD_PASSWORD: Deno.env.get("DASHBOARD_PASSWORD") || newPassword().slice(0, 16),
    DASHBOARD_URL: url,
  };
  await fillSandbox(sandbox, environment);
  const child = startFunctions(environment, port);
  stack.defer(() => stop(child));
  void printLog(child.stdout, verbose);
  await Promise.race([answered(url), ended(child)]);
  stack.use(startActivity(environment.SOURCE_URL, { seed: SEED, per_second: EVENTS_PER_SECOND }));
  printGuide(environment);
  // The other rates take half a minute: one document a day.
  void etl(environment, "rates", "--from", daysAgo(DAYS)).catch(() => {});
  await ended(child);
}

/** Waits until the functions end. @throws {Error} */
async function ended(child: Deno.ChildProcess): Promise<void> {
  const { code } = await child.status;
  if (code !== 0) throw new Error(`functions/main.ts ended with exit code ${code}`);
}

/** Creates the roles that a deployment has. Returns their URLs of the warehouse. */
async function createRoles({ environment: { WAREHOUSE_URL: admin } }: Sandbox) {
  const [loader, dashboard] = [newPassword(), newPassword()];
  await makeRole(admin, { file: "warehouse_loader", role: "loader" }, loader);
  const role = { file: "warehouse_dashboard", role: "dashboard", loader: "loader" } as const;
  await makeRole(admin, role, dashboard);
  return {
    WAREHOUSE_URL: withUser(admin, "loader", loader),
    DASHBOARD_WAREHOUSE_URL: withUser(admin, "dashboard", dashboard),
  };
}

/** Publishes exchange rates: the real providers are out of reach of the functions. */
function startRates(stack: AsyncDisposableStack) {
  const rates = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => {
    return serveRates(request);
  });
  stack.defer(() => rates.shutdown());
  return { RATES_URL: `http://127.0.0.1:${rates.addr.port}/{date}/{code}.json` };
}

/** Fills the source, whose last order is of today, and loads everything once. */
async function fillSandbox(sandbox: Sandbox, environment: Environment): Promise<void> {
  const from = Date.now() - DAYS * DAY_MS;
  await fillFromSimulator(environment.SOURCE_URL, { rows: ROWS, seed: SEED, from });
  const staffIds = Array.from({ length: STAFF }, (_, index) => index + 1);
  for (const month of lastMonths(13)) {
    const file = await writeTargets(join(sandbox.lake, "files"), month, staffIds, TARGET);
    // A new file could still be growing: the source would wait for a minute.
    await Deno.utime(file, Date.now() / 1000 - 3600, Date.now() / 1000 - 3600);
  }
  await etl(environment, "run");
  await etl(environment, "rates", "--from", daysAgo(FIRST_DAYS));
  await etl(environment, "files");
  await etl(environment, "verify");
}

function daysAgo(days: number): string {
  return date(Date.now() - days * DAY_MS);
}

function lastMonths(count: number): string[] {
  const now = new Date();
  return Array.from({ length: count }, (_, back) => {
    return date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - back, 1)).slice(0, 7);
  });
}

/** Runs a command of the pipeline. Prints nothing unless it fails. */
async function etl(env: Environment, ...args: string[]): Promise<void> {
  const command = new Deno.Command(Deno.execPath(), {
    args: ["run", ...PERMISSIONS, ETL, ...args],
    env,
    stdin: "null",
  });
  const { success, stderr } = await command.output();
  if (!success) throw new Error(`etl ${args[0]} failed: ${new TextDecoder().decode(stderr)}`);
}

function startFunctions(env: Environment, port: number): Deno.ChildProcess {
  const address = ["--host=127.0.0.1", `--port=${port}`];
  return new Deno.Command(Deno.execPath(), {
    args: ["serve", "--quiet", ...address, "--unstable-cron", ...PERMISSIONS, MAIN],
    env,
    stdin: "null",
    stdout: "piped",
  }).spawn();
}

/** Prints what the functions log: a short line for what people watch, or every line. */
async function printLog(log: ReadableStream<Uint8Array<ArrayBuffer>>, verbose: boolean) {
  let rest = "";
  for await (const text of log.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop()!;
    for (const line of lines) {
      const shown = verbose ? line : shortLine(line);
      if (shown !== null) console.log(shown);
    }
  }
}

/** Resolves when the functions answer requests. */
async function answered(url: string): Promise<void> {
  while (true) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    const response = await fetch(`${url}/health`).catch(() => null);
    await response?.body?.cancel();
    if (response) return;
  }
}

function printGuide(environment: Environment): void {
  const { DASHBOARD_URL, DASHBOARD_PASSWORD } = environment;
  console.log(`
Dashboard  ${DASHBOARD_URL}
Password   ${DASHBOARD_PASSWORD}
`);
  for (const name of ["SOURCE_URL", "WAREHOUSE_URL", "INGESTION_URL", "PROCESSED_URL"]) {
    console.log(`${name}=${environment[name]}`);
  }
  console.log(
    "\nThe source changes twice a second. The crons run at every full minute. Press Ctrl-C to stop.\n",
  );
}

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
    const options = readOptions(Deno.args);
    return options && ((stack) => serve(options, stack));
  }, USAGE);
}

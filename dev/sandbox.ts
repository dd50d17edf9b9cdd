/**
 * A source, a warehouse and a lake on this machine, which last as long as the process that opens them.
 *
 * @module
 */
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { type Postgres, type PostgresOptions, startPostgres } from "./postgres.ts";

/** Both databases and the lake. */
export interface Sandbox extends AsyncDisposable {
  /** The server that holds both databases. */
  readonly postgres: Postgres;
  /** Starts it again after a kill, with the same data and port. Needs a `dir`. */
  restartPostgres(): Promise<void>;
  /** The settings of a pipeline between them, as environment variables. */
  readonly environment: Readonly<
    Record<"SOURCE_URL" | "WAREHOUSE_URL" | "INGESTION_URL" | "PROCESSED_URL", string>
  >;
  /** The lake's folder. */
  readonly lake: string;
}

const PREFIX = "totesys-sandbox-";
const LAKE = /^totesys-sandbox-(\d+)-/;

/** Starts Postgres with an empty source and an empty warehouse, and creates an empty lake. */
export async function openSandbox(options: PostgresOptions = {}): Promise<Sandbox> {
  const lake = await Deno.makeTempDir({ prefix: `${PREFIX}${Deno.pid}-` });
  // As the process exits, because an interrupted stage can write until then.
  globalThis.addEventListener("unload", () => Deno.removeSync(lake, { recursive: true }));
  await removeAbandonedLakes(dirname(lake));
  let postgres = await startPostgres(options);
  const zone = (name: string) => pathToFileURL(join(lake, name)).href;
  return {
    get postgres() {
      return postgres;
    },
    restartPostgres: async () => {
      postgres = await startPostgres({ ...options, port: postgres.port });
    },
    lake,
    environment: {
      SOURCE_URL: await postgres.createDatabase("totesys"),
      WAREHOUSE_URL: await postgres.createDatabase("warehouse"),
      INGESTION_URL: zone("ingestion"),
      PROCESSED_URL: zone("processed"),
    },
    async [Symbol.asyncDispose]() {
      await postgres.stop();
    },
  };
}

/** Removes the lakes of killed processes, which their names identify. Postgres removes its own data. */
async function removeAbandonedLakes(parent: string): Promise<void> {
  for await (const { name } of Deno.readDir(parent)) {
    const pid = LAKE.exec(name)?.[1];
    if (pid === undefined || await isRunning(pid)) continue;
    // Another process that starts now can remove it at the same time.
    await Deno.remove(join(parent, name), { recursive: true }).catch(() => {});
  }
}

async function isRunning(pid: string): Promise<boolean> {
  const kill = new Deno.Command("kill", { args: ["-0", pid], stdout: "null", stderr: "null" });
  return (await kill.output()).success;
}

/**
 * Runs a job and releases what it put on the stack, also after Ctrl-C or SIGTERM. An interrupted job
 * is not awaited: the process exits with 130.
 */
export async function interruptible(
  job: (stack: AsyncDisposableStack) => Promise<void>,
): Promise<void> {
  await using stack = new AsyncDisposableStack();
  const interrupted = Promise.withResolvers<"interrupted">();
  const interrupt = () => interrupted.resolve("interrupted");
  for (const signal of SIGNALS) Deno.addSignalListener(signal, interrupt);
  const end = await Promise.race([job(stack), interrupted.promise]);
  if (end === "interrupted") {
    // The job's pending work now fails, which is expected. The listeners stay, because a second signal
    // from a task runner must not cut the cleanup short.
    for (const failure of ["error", "unhandledrejection"]) {
      globalThis.addEventListener(failure, (event) => event.preventDefault());
    }
    await stack.disposeAsync().catch(() => {});
    Deno.exit(130);
  }
  for (const signal of SIGNALS) Deno.removeSignalListener(signal, interrupt);
}

const SIGNALS = ["SIGINT", "SIGTERM"] as const;

/**
 * A source, a warehouse and a lake on this machine, for as long as their owner runs.
 *
 * @module
 */
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { type Postgres, type PostgresOptions, startPostgres } from "./postgres.ts";

/** Both databases and the lake, as the environment names them. */
export interface Sandbox extends AsyncDisposable {
  /** The server of both databases. */
  readonly postgres: Postgres;
  /** Starts it again after it was killed, with its data and on its port. Those need a `dir`. */
  revive(): Promise<void>;
  /** The settings of a pipeline between them. */
  readonly environment: Readonly<
    Record<"SOURCE_URL" | "WAREHOUSE_URL" | "INGESTION_URL" | "PROCESSED_URL", string>
  >;
  /** Where the lake is. */
  readonly lake: string;
}

const PREFIX = "totesys-workbench-";
const LAKE = /^totesys-workbench-(\d+)-/;

/** Starts Postgres with an empty source and an empty warehouse, beside an empty lake. */
export async function openSandbox(options: PostgresOptions = {}): Promise<Sandbox> {
  const lake = await Deno.makeTempDir({ prefix: `${PREFIX}${Deno.pid}-` });
  // The very last thing this process does: an interrupted stage may be writing until then.
  globalThis.addEventListener("unload", () => Deno.removeSync(lake, { recursive: true }));
  await removeAbandonedLakes(dirname(lake));
  let postgres = await startPostgres(options);
  const zone = (name: string) => pathToFileURL(join(lake, name)).href;
  return {
    get postgres() {
      return postgres;
    },
    revive: async () => {
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

/** Postgres cleans up after a killed owner by itself. The lake of one is found by its process id. */
async function removeAbandonedLakes(parent: string): Promise<void> {
  for await (const { name } of Deno.readDir(parent)) {
    const pid = LAKE.exec(name)?.[1];
    if (pid === undefined || await isRunning(pid)) continue;
    // Another owner that starts now may remove it as well.
    await Deno.remove(join(parent, name), { recursive: true }).catch(() => {});
  }
}

async function isRunning(pid: string): Promise<boolean> {
  const kill = new Deno.Command("kill", { args: ["-0", pid], stdout: "null", stderr: "null" });
  return (await kill.output()).success;
}

/**
 * Runs a job, and releases what it put on the stack when it ends, by itself or by Ctrl-C or TERM. An
 * interrupted job is not waited for; the process exits as an interrupted one does.
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
    // What the job was doing fails from here on, which is nobody's concern any more. The listeners
    // stay: a second signal, which a task runner may pass on, must not end this halfway.
    for (const failure of ["error", "unhandledrejection"]) {
      globalThis.addEventListener(failure, (event) => event.preventDefault());
    }
    await stack.disposeAsync().catch(() => {});
    Deno.exit(130);
  }
  for (const signal of SIGNALS) Deno.removeSignalListener(signal, interrupt);
}

const SIGNALS = ["SIGINT", "SIGTERM"] as const;

/**
 * A real Postgres, from npm, for tests, demos and benchmarks. It listens on 127.0.0.1 only and never
 * outlives the process that started it, however that one ends.
 *
 * @module
 */
import { createServer } from "node:net";
import { join, resolve } from "node:path";
import postgres from "postgres";
import { postgresBinaries, UNPRIVILEGED_ID } from "./postgres/binaries.ts";

/** How to start a Postgres. */
export interface PostgresOptions {
  /** Where the data is kept. Without it they go to a temporary directory, removed at the end. */
  readonly dir?: string;
  /** Survive a crash of the machine, at the price of speed. True when a `dir` is given. */
  readonly durable?: boolean;
}

/** A running Postgres. */
export interface Postgres extends AsyncDisposable {
  /** Its port on 127.0.0.1. */
  readonly port: number;
  /** The URL of one of its databases, as superuser. */
  url(database: string): string;
  /** Creates a database and returns its URL. */
  createDatabase(name: string): Promise<string>;
  /** Stops it and removes its data, unless they live in a directory that was asked for. */
  stop(): Promise<void>;
  /** Ends it as a crash would: no goodbye to its clients, recovery at the next start. */
  kill(): Promise<void>;
}

const START_TIMEOUT_MS = 60_000;
const ATTEMPTS = 3;
const WRAPPER = new URL("./postgres/wrapper.sh", import.meta.url);

const SETTINGS = {
  listen_addresses: "127.0.0.1",
  unix_socket_directories: "",
  max_connections: 100,
  max_prepared_transactions: 10,
  shared_buffers: "256MB",
  max_wal_size: "4GB",
  lc_messages: "C",
  TimeZone: "UTC",
};
const CARELESS = { fsync: "off", synchronous_commit: "off", full_page_writes: "off" };

/** Starts a Postgres on a free port and returns when it takes connections. */
export async function startPostgres(options: PostgresOptions = {}): Promise<Postgres> {
  const id = Deno.uid() === 0 ? UNPRIVILEGED_ID : undefined;
  const bin = await postgresBinaries(id);
  const durable = options.durable ?? options.dir !== undefined;
  const place: Place = {
    id,
    bin,
    keep: options.dir !== undefined,
    dir: options.dir === undefined ? temporary(id) : await prepared(resolve(options.dir), id),
    settings: { ...SETTINGS, ...(durable ? {} : CARELESS) },
  };
  for (let attempt = 1;; attempt++) {
    try {
      return await start(place, await freePort());
    } catch (error) {
      // Between asking for a free port and using it, someone else may have taken it.
      const taken = error instanceof Error && error.message.includes("Address already in use");
      if (!taken || attempt === ATTEMPTS) throw error;
    }
  }
}

interface Place {
  readonly id?: number;
  readonly bin: string;
  readonly keep: boolean;
  readonly dir: string;
  readonly settings: Readonly<Record<string, string | number>>;
}

async function start(place: Place, port: number): Promise<Postgres> {
  const settings = Object.entries(place.settings).flatMap(([name, value]) => [
    "-c",
    `${name}=${value}`,
  ]);
  const mode = place.keep ? "keep" : "remove";
  const wrapper = new Deno.Command("sh", {
    args: ["-c", await Deno.readTextFile(WRAPPER), "sh", mode, place.dir, place.bin, `${port}`]
      .concat(settings),
    ...(place.id === undefined ? {} : { uid: place.id, gid: place.id }),
    cwd: "/",
    env: { LC_ALL: "C" },
    // A session of its own: Ctrl-C on a terminal must not stop Postgres before its clients are done.
    detached: true,
    stdin: "piped",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const owner = wrapper.stdin.getWriter();
  const log = new Response(wrapper.stdout).text();
  let ended = false;
  const end = wrapper.status.then(async () => {
    ended = true;
    await owner.close().catch(() => {}); // a pipe nobody reads any more
    return await log;
  });
  const pidFile = join(place.dir, "data", "postmaster.pid");
  const stop = async () => {
    if (!ended) await owner.close().catch(() => {});
    await end;
  };
  const deadline = Date.now() + START_TIMEOUT_MS;
  let pid: number | undefined;
  while (!(pid = await readyPid(pidFile, port))) {
    if (ended) throw new Error(`Postgres did not start:\n${(await end).trim()}`);
    if (Date.now() > deadline) {
      await stop();
      throw new Error(`Postgres did not start within ${START_TIMEOUT_MS / 1000} s`);
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  const url = (database: string) => `postgres://postgres@127.0.0.1:${port}/${database}`;
  return {
    port,
    url,
    createDatabase: async (name) => {
      await createDatabase(url("postgres"), name);
      return url(name);
    },
    stop,
    kill: async () => {
      Deno.kill(pid, "SIGQUIT");
      await end;
    },
    [Symbol.asyncDispose]: stop,
  };
}

/** Reads what the postmaster says of itself, as `pg_ctl -w` does. */
async function readyPid(pidFile: string, port: number): Promise<number | undefined> {
  try {
    const lines = (await Deno.readTextFile(pidFile)).split("\n");
    // A file left behind by a crash may say "ready" as well, but of another port.
    if (lines[3] === `${port}` && lines[7]?.trim() === "ready") return Number(lines[0]);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

function temporary(id: number | undefined): string {
  // Root's own temporary directory may be closed to the user that Postgres runs as.
  const base = id === undefined ? Deno.env.get("TMPDIR") ?? "/tmp" : "/tmp";
  return join(base, `totesys-postgres-${crypto.randomUUID()}`);
}

async function prepared(dir: string, id: number | undefined): Promise<string> {
  await Deno.mkdir(dir, { recursive: true });
  if (id !== undefined) await Deno.chown(dir, id, id);
  return dir;
}

async function createDatabase(url: string, name: string): Promise<void> {
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  try {
    await sql`create database ${sql(name)}`;
  } finally {
    await sql.end();
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

/**
 * Starts a real Postgres from npm, for tests, demos and benchmarks. It listens on 127.0.0.1 only and
 * stops with the process that started it, even after `kill -9`.
 *
 * @module
 */
import { createServer } from "node:net";
import { join, resolve } from "node:path";
import postgres from "postgres";
import { postgresBinaries } from "./postgres/binaries.ts";
import { killTree } from "./postgres/kill_tree.ts";
import { postgresUser, type User } from "./postgres/user.ts";

/** How to start a Postgres. */
export interface PostgresOptions {
  /** Where the data is kept. When omitted, a temporary directory that is removed at the end. */
  readonly dir?: string;
  /** Whether data survives a crash of the machine, which is slower. True when a `dir` is given. */
  readonly durable?: boolean;
  /**
   * Whether temporary data is in memory, on Linux with enough of it: databases are created and dropped
   * much faster. Deno guards /dev/shm, so this program cannot read the files.
   */
  readonly inMemory?: boolean;
  /** The port to listen on. A free one when omitted. */
  readonly port?: number;
  /** Further settings of the server. */
  readonly settings?: Readonly<Record<string, string | number>>;
}

/** A running Postgres. */
export interface Postgres extends AsyncDisposable {
  /** Its port on 127.0.0.1. */
  readonly port: number;
  /** Returns the URL of one of its databases, as superuser. */
  url(database: string): string;
  /** Creates a database and returns its URL. */
  createDatabase(name: string): Promise<string>;
  /** Stops it and removes its data, unless `dir` was given. */
  stop(): Promise<void>;
  /** Crashes it: clients lose their connections, and the next start recovers. */
  kill(): Promise<void>;
  /** Sends SIGKILL to all of its processes. */
  killHard(): Promise<void>;
}

const START_TIMEOUT_MS = 60_000;
const ATTEMPTS = 3;
const MEMORY = "/dev/shm";
const MEMORY_NEEDED_KB = 1_000_000;
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
/** Safe when only Postgres is killed: the operating system still has its writes. */
const NOT_DURABLE = { fsync: "off", full_page_writes: "off" };

/** Starts a Postgres on a free port and returns when it takes connections. */
export async function startPostgres(options: PostgresOptions = {}): Promise<Postgres> {
  const user = await postgresUser();
  const durable = options.durable ?? options.dir !== undefined;
  const place: ServerFolder = {
    user,
    bin: await postgresBinaries(user !== undefined),
    keep: options.dir !== undefined,
    dir: options.dir === undefined
      ? await temporary(user, options.inMemory)
      : await prepared(resolve(options.dir), user),
    settings: { ...SETTINGS, ...(durable ? {} : NOT_DURABLE), ...options.settings },
  };
  for (let attempt = 1;; attempt++) {
    try {
      return await start(place, options.port ?? await freePort());
    } catch (error) {
      // Another process can take the port between finding it free and using it.
      const taken = error instanceof Error && error.message.includes("Address already in use");
      if (!taken || attempt === ATTEMPTS) throw error;
    }
  }
}

interface ServerFolder {
  readonly user?: User;
  readonly bin: string;
  readonly keep: boolean;
  readonly dir: string;
  readonly settings: Readonly<Record<string, string | number>>;
}

async function start(place: ServerFolder, port: number): Promise<Postgres> {
  const wrapper = await wrap(place, port);
  const pidFile = join(place.dir, "data", "postmaster.pid");
  const pid = await ready(wrapper);
  const url = (database: string) => `postgres://postgres@127.0.0.1:${port}/${database}`;
  return {
    port,
    url,
    createDatabase: async (name) => {
      await createDatabase(url("postgres"), name);
      return url(name);
    },
    stop: wrapper.stop,
    kill: async () => {
      Deno.kill(pid, "SIGQUIT");
      await wrapper.end;
    },
    killHard: async () => {
      await killTree(pid);
      await wrapper.end;
      // It still says "ready" for this port, which would be wrong for the next start.
      if (place.keep) await Deno.remove(pidFile);
    },
    [Symbol.asyncDispose]: wrapper.stop,
  };
}

/** The shell that runs Postgres. */
interface Wrapper {
  /** The process id of Postgres once it takes connections; undefined when it does not start. */
  readonly pid: Promise<number | undefined>;
  /** Resolves when both have ended, with the last lines of the log if Postgres failed. */
  readonly end: Promise<string>;
  /** Stops Postgres and waits until it has ended. */
  stop(): Promise<void>;
}

async function wrap(place: ServerFolder, port: number): Promise<Wrapper> {
  const script = await Deno.readTextFile(WRAPPER);
  const mode = place.keep ? "keep" : "remove";
  const settings = Object.entries(place.settings).map(([name, value]) => `${name}=${value}`);
  const child = new Deno.Command("sh", {
    args: ["-c", script, "sh", mode, place.dir, place.bin, `${port}`]
      .concat(settings.flatMap((setting) => ["-c", setting])),
    ...place.user,
    cwd: "/",
    env: { LC_ALL: "C" },
    // In its own session: Ctrl-C on a terminal must not stop Postgres before its clients are done.
    detached: true,
    stdin: "piped",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const owner = child.stdin.getWriter();
  const release = () => owner.close().catch(() => {}); // already closed, or the reader has ended
  const [first, whole] = child.stdout.tee();
  const log = new Response(whole).text();
  const pid = readyPid(first);
  const end = child.status.then(async () => {
    await release();
    return (await log).trim();
  });
  const stop = async () => {
    await release();
    await end;
  };
  return { pid, end, stop };
}

/** Reads the line with which the wrapper says that Postgres takes connections. */
async function readyPid(output: ReadableStream<Uint8Array>): Promise<number | undefined> {
  let text = "";
  for await (const chunk of output.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    const pid = /^ready (\d+)$/m.exec(text)?.[1];
    if (pid !== undefined) return Number(pid);
  }
}

/** Waits until Postgres takes connections and returns its process id. */
async function ready(wrapper: Wrapper): Promise<number> {
  const late = setTimeout(wrapper.stop, START_TIMEOUT_MS);
  const pid = await wrapper.pid;
  clearTimeout(late);
  if (pid !== undefined) return pid;
  throw new Error(`Postgres did not start:\n${await wrapper.end}`);
}

/** Returns the path of a new folder, in memory if this machine has room for a small database there. */
async function temporary(user: User | undefined, inMemory = false): Promise<string> {
  // The user that Postgres runs as might not be able to read root's temporary directory.
  const base = user ? "/tmp" : Deno.env.get("TMPDIR") ?? "/tmp";
  const parent = inMemory && await freeKb(MEMORY) >= MEMORY_NEEDED_KB ? MEMORY : base;
  return join(parent, `totesys-postgres-${crypto.randomUUID()}`);
}

async function freeKb(folder: string): Promise<number> {
  if (Deno.build.os !== "linux") return 0;
  const { stdout } = await new Deno.Command("df", { args: ["-Pk", folder], stderr: "null" })
    .output();
  const [, line = ""] = new TextDecoder().decode(stdout).split("\n");
  return Number(line.split(/\s+/)[3] ?? 0);
}

async function prepared(dir: string, user: User | undefined): Promise<string> {
  await Deno.mkdir(dir, { recursive: true });
  if (user) await Deno.chown(dir, user.uid, user.gid);
  return dir;
}

async function createDatabase(url: string, name: string): Promise<void> {
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  try {
    // Copying files is faster than logging them, and this Postgres is thrown away.
    await sql`create database ${sql(name)} strategy file_copy`;
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

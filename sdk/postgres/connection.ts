/**
 * One connection to Postgres that queries and copies, on which nothing hangs.
 *
 * postgres.js would silently open a second connection when the first is lost. In the middle of a
 * transaction that would run its second half on its own, so a lost connection ends this one for good.
 *
 * @module
 */
import type { Socket } from "node:net";
import postgres from "postgres";
import { Readable, type Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { ConfigurationError } from "../errors.ts";
import { encryptionOf, withoutEncryption } from "./encryption.ts";
import { type Address, openSocket, SILENCE_MS } from "./socket.ts";

/** A row as a query returns it. */
export type QueryRow = Record<string, unknown>;

/** A dedicated connection. Errors are postgres.js's own; the stages wrap them. */
export interface Connection extends AsyncDisposable {
  /** Runs one statement. */
  query<T extends QueryRow>(text: string, values?: readonly unknown[]): Promise<T[]>;
  /** Streams the output of a `COPY … TO STDOUT` in chunks of about 64 KiB. Read it to its end. */
  copyOut(statement: string): AsyncIterable<Uint8Array>;
  /** Feeds a `COPY … FROM STDIN` and waits until the server has taken it. */
  copyIn(statement: string, chunks: AsyncIterable<Uint8Array>): Promise<void>;
  /** Ends the connection; the server rolls back what was not committed. */
  close(): Promise<void>;
}

const CHUNK_BYTES = 65_536;
const CLOSE_SECONDS = 5;

/**
 * What makes every session print values the same way and see every row, whatever the server's defaults
 * or the URL say.
 */
const SESSION = {
  client_encoding: "UTF8",
  DateStyle: "ISO, YMD",
  IntervalStyle: "postgres",
  TimeZone: "UTC",
  bytea_output: "hex",
  extra_float_digits: "1",
  // A COPY of simple columns gains nothing from the JIT and would wait for it.
  jit: "off",
  // A policy that hides rows must fail the read: rows not seen would be taken for deleted.
  row_security: "off",
  // What a process leaves behind that vanished must not hold its locks for as long as anybody waits.
  idle_in_transaction_session_timeout: "15min",
  tcp_keepalives_idle: "60",
};
const FIXED: ReadonlySet<string> = new Set(Object.keys(SESSION).map((name) => name.toLowerCase()));

/**
 * For whoever reads a database that others own: waiting behind a change of its schema would hold up
 * every other table, and every tick.
 */
export const SHORT_LOCK_TIMEOUT: Readonly<Record<string, string>> = { lock_timeout: "10s" };

/** Dates and timestamps stay text both ways: a `Date` would cut them to milliseconds. */
const EXACT_TIME = {
  to: 1184,
  from: [1082, 1114, 1184],
  serialize: (text: string) => text,
  parse: (text: string) => text,
};

/**
 * Opens a dedicated connection; it connects on first use. `session` adds settings of the session.
 *
 * @throws {ConfigurationError} when the URL is malformed, or leaves open whether it is encrypted.
 */
export function connect(url: string, session: Readonly<Record<string, string>> = {}): Connection {
  const place = addressOf(url);
  const encryption = encryptionOf(place);
  const lost = Promise.withResolvers<never>();
  lost.promise.catch(() => {}); // may settle when nobody listens any more
  let dead: Error | undefined;
  const fail = (error: Error) => {
    dead ??= error;
    lost.reject(error);
  };
  let socket: Socket | undefined;
  const openOnce = async (address: Address) => {
    try {
      // postgres.js would connect again, without end, to a server that hangs up during the login.
      if (socket) throw lostConnection("the server hung up during the login");
      return socket = await openSocket(address, encryption);
    } catch (error) {
      fail(error as Error); // or the next query would wait for a connection for ever
      throw error;
    }
  };
  const options = {
    max: 1,
    idle_timeout: 0,
    max_lifetime: null,
    fetch_types: false,
    prepare: false,
    connection: { application_name: "totesys-etl", ...SESSION, ...session },
    types: { date: EXACT_TIME },
    ssl: false, // the socket sees to it
    socket: openOnce, // an option that its types leave out
    onnotice: () => {},
    onclose: () => fail(lostConnection("the connection to Postgres was lost")),
  };
  const sql = open(place, options);
  const statement = (text: string, values: readonly unknown[] = []) => {
    if (dead) throw dead;
    return sql.unsafe(text, values as postgres.ParameterOrJSON<never>[]);
  };
  const end = async (timeout: number) => {
    await sql.end({ timeout });
    // postgres.js only stops writing: while rows of a COPY that nobody reads are on their way, the
    // server could neither finish nor notice, and this process not exit.
    socket?.destroy();
  };
  // Only somebody who asks waits for an answer: between two statements a connection may be silent.
  const asking = () => {
    socket?.setTimeout(SILENCE_MS);
    return { [Symbol.dispose]: () => void socket?.setTimeout(0) };
  };
  return {
    async query<T extends QueryRow>(text: string, values?: readonly unknown[]) {
      using _ = asking();
      return await Promise.race([statement(text, values) as unknown as Promise<T[]>, lost.promise]);
    },
    async *copyOut(text) {
      using _ = asking();
      yield* copyOut(watched(statement(text), fail), lost.promise, fail);
    },
    async copyIn(text, chunks) {
      using _ = asking();
      await copyIn(watched(statement(text), fail), lost.promise, chunks);
    },
    close: () => end(dead ? 0 : CLOSE_SECONDS),
    [Symbol.asyncDispose]: () => end(0),
  };
}

function open(url: URL, options: object): postgres.Sql {
  const address = withoutEncryption(url);
  try {
    const path = address.pathname.slice(1);
    for (const name of [...address.searchParams.keys()]) {
      if (FIXED.has(name.toLowerCase())) address.searchParams.delete(name);
    }
    // postgres.js takes the path as it stands, and the first @ for the end of the password: in what
    // URL writes it is.
    return postgres(address.href, { ...options, database: decodeURIComponent(path) });
  } catch {
    throw notAnAddress();
  }
}

function addressOf(url: string): URL {
  if (!URL.canParse(url)) throw notAnAddress();
  const address = new URL(url);
  if (isAmbiguous(address)) throw notAnAddress();
  return address;
}

/** Without a cause, which would quote the URL and the password in it. */
function notAnAddress(): ConfigurationError {
  return new ConfigurationError("the address of the database is not a URL", {
    stage: "configuration",
    next:
      "write it as postgres://user:password@host:5432/database, what is special percent-encoded",
  });
}

/**
 * Whether a part of the password may be where it would be shown: a `/`, `?` or `#` in it that is not
 * percent-encoded ends it too early. A NUL would begin another setting.
 */
function isAmbiguous({ pathname, search, hash, href }: URL): boolean {
  return hash !== "" || (pathname + search).includes("@") || href.includes("%00");
}

/** An error that says, by its code, that the same may succeed on another connection. */
function lostConnection(message: string): Error {
  return Object.assign(new Error(message), { code: "CONNECTION_LOST" });
}

type CopyQuery = postgres.PendingQuery<postgres.Row[]> & {
  resolve(value: unknown): void;
  reject(error: Error): void;
};

/**
 * postgres.js settles a COPY when its stream opens; an error after that (the last row broke a
 * constraint, the backend was killed) goes to a promise that has already been kept. This listens
 * for it, and to the stream from the moment it exists: an error may come in the same packet.
 */
function watched(query: unknown, fail: (error: Error) => void): CopyQuery {
  const copy = query as CopyQuery;
  const { resolve, reject } = copy;
  copy.resolve = (stream) => {
    if (stream instanceof Readable) stream.on("error", fail);
    resolve(stream);
  };
  copy.reject = (error) => {
    fail(error);
    reject(error);
  };
  return copy;
}

async function* copyOut(
  query: CopyQuery,
  lost: Promise<never>,
  fail: (error: Error) => void,
): AsyncGenerator<Uint8Array> {
  const stream = await Promise.race([query.readable(), lost]);
  lost.catch((error) => stream.destroy(error));
  // Its socket may be paused when the last row arrives, and only reading resumes it: without this
  // the connection's next query would wait for ever.
  stream.once("end", () => stream._read(0));
  try {
    yield* coalesced(stream);
  } finally {
    // The server goes on sending what nobody reads: such a connection can only be closed.
    if (!stream.readableEnded) fail(new Error("a COPY was left before its end"));
  }
}

/** postgres.js gives a chunk per row; what follows works on fewer, larger ones. */
async function* coalesced(rows: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let buffer = new Uint8Array(CHUNK_BYTES);
  let used = 0;
  for await (const row of rows) {
    if (used + row.length > buffer.length) {
      if (used > 0) yield buffer.subarray(0, used);
      buffer = new Uint8Array(Math.max(CHUNK_BYTES, row.length));
      used = 0;
    }
    buffer.set(row, used);
    used += row.length;
  }
  if (used > 0) yield buffer.subarray(0, used);
}

async function copyIn(
  query: CopyQuery,
  lost: Promise<never>,
  chunks: AsyncIterable<Uint8Array>,
): Promise<void> {
  const stop = new AbortController();
  const target = await Promise.race([query.writable(), lost]) as Writable;
  target.on("error", () => {});
  let own: { readonly error: unknown } | undefined;
  const watchedChunks = onFailure(chunks, (error) => own = { error });
  try {
    const source = Readable.from(watchedChunks, { objectMode: false });
    await Promise.race([pipeline(source, target, { signal: stop.signal }), lost]);
  } catch (error) {
    stop.abort();
    throw own ? own.error : await serverError(lost, error);
  }
}

async function* onFailure<T>(
  items: AsyncIterable<T>,
  listener: (error: unknown) => void,
): AsyncGenerator<T> {
  try {
    yield* items;
  } catch (error) {
    listener(error);
    throw error;
  }
}

/** The server's own words say more than the broken pipe they cause, and come a moment later. */
function serverError(lost: Promise<never>, fallback: unknown): Promise<unknown> {
  const { promise, resolve } = Promise.withResolvers<unknown>();
  const timer = setTimeout(() => resolve(fallback), 100);
  lost.catch((error) => resolve("severity" in error ? error : fallback));
  return promise.finally(() => clearTimeout(timer));
}

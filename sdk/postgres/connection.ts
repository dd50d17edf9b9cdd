/**
 * One connection to Postgres, for queries and COPY, that never hangs.
 *
 * A round trip is the expensive part of most statements: a far server answers 5-40 ms later. Each
 * `query()` takes one, with or without parameters. `batch()` sends any number of statements in one:
 *
 * ```ts
 * const [, , [status]] = await connection.batch([
 *   "BEGIN",
 *   { text: "SELECT pg_advisory_xact_lock($1)", values: [LOCK] },
 *   "SELECT count(*) AS waiting FROM etl.quarantine",
 * ]);
 * ```
 *
 * Promises that are not awaited at once travel together, too. In a transaction, a failed statement fails
 * those behind it with the same error.
 *
 * postgres.js silently opens a second connection when the first is lost. Within a transaction, its
 * second half would then run alone, so a lost connection is never replaced.
 *
 * @module
 */
import type { Socket } from "node:net";
import type postgres from "postgres";
import { orAborted } from "./aborted.ts";
import { Activity } from "./activity.ts";
import { parseAddress } from "./address.ts";
import { copyOut } from "./copy.ts";
import { copyIn, type SentCopy } from "./copy_in.ts";
import { CopyTap } from "./copy_tap.ts";
import { openDriver } from "./driver.ts";
import { encryptionOf } from "./encryption.ts";
import { type Address, openSocket, SILENCE_MS } from "./socket.ts";
import { allRows, inOneTrip, isInTransaction, type Statement } from "./statement.ts";

/** A row of a query's result. */
export type QueryRow = Record<string, unknown>;

/** A dedicated connection. Its errors are those of postgres.js; the stages wrap them. */
export interface Connection extends AsyncDisposable {
  /** Runs one statement, in one round trip. A value is sent as text, so pass JSON as a string. */
  query<T extends QueryRow>(text: string, values?: readonly unknown[]): Promise<T[]>;
  /**
   * Runs statements in one round trip and returns the rows of each, in order. The first error stops
   * the rest and is thrown. Outside a transaction, and unless the first statement begins one, the
   * batch is a transaction of its own: all of it takes effect, or nothing. Inside one, roll back
   * after an error, as after that of a query.
   */
  batch(statements: readonly (string | Statement)[]): Promise<QueryRow[][]>;
  /**
   * Streams the output of a `COPY … TO STDOUT` in chunks of whole rows: 256 KiB, or one larger row.
   * A chunk is valid until the next one is requested. Read it to the end.
   */
  copyOut(statement: string): AsyncIterable<Uint8Array>;
  /**
   * Sends several `COPY … TO STDOUT` in one round trip, at once. Read all of them to the end; the rows of
   * one arrive after those of the one before. What is called next is sent behind them.
   */
  copyOutAll(statements: readonly string[]): AsyncIterable<Uint8Array>[];
  /**
   * Sends chunks to a `COPY … FROM STDIN`. Resolves when they were sent: what is called next is sent
   * behind them, while the server still reads.
   */
  sendCopy(statement: string, chunks: AsyncIterable<Uint8Array>): Promise<SentCopy>;
  /**
   * Sends chunks to a `COPY … FROM STDIN` and waits until the server has accepted them. A chunk was
   * sent when the next one is requested, so its memory can be used again.
   */
  copyIn(statement: string, chunks: AsyncIterable<Uint8Array>): Promise<void>;
  /** Closes the connection; the server rolls back an open transaction. */
  close(): Promise<void>;
  /**
   * Stands for the server's session. What holds as long as it lasts can be remembered in a WeakMap:
   * the server was neither restarted nor restored in the meantime.
   */
  readonly session: object;
}

/** A connection that can be kept for another use. */
export interface KeepableConnection extends Connection {
  /** Whether it has not been lost or closed. */
  readonly isOpen: boolean;
  /** Whether nothing is pending, and the session is in no transaction. */
  readonly isIdle: boolean;
  /** Waits for pending answers. Returns whether the session is open and in no transaction. */
  settle(): Promise<boolean>;
  /** Keeps it from holding up the exit of the process. */
  rest(): void;
  /** Ends the rest. The server has so many milliseconds for its first answer, or it is lost. */
  wake(answer_ms: number): void;
}

const CLOSE_SECONDS = 5;
/** A kept connection does not wait longer for the answers to its last use. */
const SETTLE_MS = 5_000;
/** Every answer ends with the state of the session: this one is in no transaction. */
const IDLE = "I".charCodeAt(0);

/**
 * A lock timeout for reading a database that others own: waiting for a schema change would block
 * every other table, and every tick.
 */
export const SHORT_LOCK_TIMEOUT: Readonly<Record<string, string>> = { lock_timeout: "10s" };

/**
 * Opens a dedicated connection, which connects on first use. `session` adds session settings.
 *
 * @throws {ConfigurationError} when the URL is malformed or leaves open whether it is encrypted.
 */
export function connect(
  url: string,
  session: Readonly<Record<string, string>> = {},
): KeepableConnection {
  const address = parseAddress(url);
  const encryption = encryptionOf(address);
  const lost = new AbortController();
  const fail = (error: Error) => lost.abort(error);
  let socket: Socket | undefined;
  let tap: CopyTap | undefined;
  let onCopyIn = () => {};
  let status = 0;
  let isLoggedIn = false;
  let answer_ms = SILENCE_MS;
  // Only a pending query has a time limit: between two statements, a connection can be silent.
  const activity = new Activity((isPending) => socket?.setTimeout(isPending ? answer_ms : 0));
  const openOnce = async (address: Address) => {
    try {
      // postgres.js would reconnect forever to a server that closes the connection during the
      // login.
      if (socket) throw lostConnection("the server closed the connection during the login");
      socket = await openSocket(address, encryption);
      tap = new CopyTap(socket, () => onCopyIn());
      socket.on("data", (received: Uint8Array) => {
        status = received[received.length - 1];
        isLoggedIn ||= status === IDLE;
        if (answer_ms === SILENCE_MS) return;
        answer_ms = SILENCE_MS;
        socket!.setTimeout(activity.pending > 0 ? answer_ms : 0);
      });
      return socket;
    } catch (error) {
      fail(error as Error); // or the next query would wait forever for a connection
      throw error;
    }
  };
  const sql = openDriver(address, session, {
    socket: openOnce,
    onclose: () => fail(lostConnection("the connection to Postgres was lost")),
  });
  let inTransaction = false;
  let lastError: unknown;
  const statement = (text: string, values: readonly unknown[] = []) => {
    lost.signal.throwIfAborted();
    inTransaction = isInTransaction(inTransaction, text);
    const query = inOneTrip(sql.unsafe(text, values as postgres.ParameterOrJSON<never>[]));
    // This also sends it now: a statement that is awaited sooner would overtake it.
    query.then(null, (error) => {
      // postgres.js reports why a login failed only to the first statement.
      if (!isLoggedIn) fail(error);
      if (!isConsequence(error)) lastError = error;
    });
    return query;
  };
  const answer = <T>(rows: PromiseLike<T>): Promise<T> =>
    orAborted(rows, lost.signal).catch((error) => {
      throw isConsequence(error) ? lastError : error;
    });
  const end = async (timeout: number) => {
    await sql.end({ timeout });
    // postgres.js only stops writing. While unread rows of a COPY are on their way, the server
    // could neither finish nor notice, and this process could not exit.
    socket?.destroy();
  };
  return {
    async query<T extends QueryRow>(text: string, values?: readonly unknown[]) {
      using _ = activity.begin();
      return await answer(statement(text, values) as unknown as Promise<T[]>);
    },
    async batch(statements) {
      using _ = activity.begin();
      const all = statements.map((one) => typeof one === "string" ? { text: one } : one);
      if (all.length === 0) return [];
      const isPart = inTransaction || isInTransaction(false, all[0].text);
      const sent = (isPart ? all : [{ text: "BEGIN" }, ...all, { text: "COMMIT" }])
        .map(({ text, values }) => statement(text, values));
      const rows = await answer(allRows(sent));
      return isPart ? rows : rows.slice(1, -1);
    },
    async *copyOut(text) {
      using _ = activity.begin();
      yield* copyOut(statement(text), lost, () => tap!.open());
    },
    copyOutAll(texts) {
      return texts.map((text) => {
        const pending = activity.begin();
        const rows = copyOut(statement(text), lost, () => tap!.open());
        return (async function* () {
          using _ = pending;
          yield* rows;
        })();
      });
    },
    async sendCopy(text, chunks) {
      const pending = activity.begin();
      const opened = Promise.withResolvers<void>();
      onCopyIn = opened.resolve;
      try {
        const result = answer(statement(text));
        const { accepted } = await copyIn(result, opened.promise, () => socket!, chunks);
        void accepted.catch(() => {}).finally(() => pending[Symbol.dispose]());
        return { accepted };
      } catch (error) {
        pending[Symbol.dispose]();
        throw error;
      }
    },
    async copyIn(text, chunks) {
      await (await this.sendCopy(text, chunks)).accepted;
    },
    close: () => end(lost.signal.aborted ? 0 : CLOSE_SECONDS),
    session: {},
    get isOpen() {
      return !lost.signal.aborted;
    },
    get isIdle() {
      return !lost.signal.aborted && activity.pending === 0 && status === IDLE;
    },
    async settle() {
      return !lost.signal.aborted && await activity.settled(SETTLE_MS) && this.isIdle;
    },
    rest: () => void socket?.unref(),
    wake(ms) {
      answer_ms = ms;
      socket?.ref();
    },
    [Symbol.asyncDispose]: () => end(0),
  };
}

/** Returns whether a statement failed only because one before it did, in the same transaction. */
function isConsequence(error: unknown): boolean {
  return (error as { code?: string }).code === "25P02";
}

/** Returns an error whose code means that another connection can succeed. */
function lostConnection(message: string): Error {
  return Object.assign(new Error(message), { code: "CONNECTION_LOST" });
}

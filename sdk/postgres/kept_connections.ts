/**
 * Keeps connections for the next use. To open one takes several round trips, and a server process.
 *
 * Connections are kept while a scope of {@linkcode keepConnections} is open; without one,
 * {@linkcode acquireConnection} opens and closes a dedicated connection.
 *
 * @module
 */
import { connect, type Connection, type KeepableConnection, type QueryRow } from "./connection.ts";
import type { SentCopy } from "./copy_in.ts";
import type { Statement } from "./statement.ts";
import { isLost } from "./wrap_error.ts";

/** Firewalls and proxies drop connections that were silent for a few minutes. */
const MAX_IDLE_MS = 2 * 60_000;
/** A name can lead to another server after a failover, and sessions collect memory. */
const MAX_AGE_MS = 15 * 60_000;
/** After this long without an answer, a kept connection counts as lost. */
const ANSWER_MS = 10_000;

type Settings = Readonly<Record<string, string>>;

interface Kept {
  readonly key: string;
  readonly connection: KeepableConnection;
  readonly opened_at: number;
  /** When it was last used; null before that. */
  used_at: number | null;
}

const idle: Kept[] = [];
const returning = new Set<Promise<void>>();
let scopes = 0;

/**
 * Keeps connections to databases after their use, until the result is disposed: runs that follow one
 * another in a process use the same ones. A kept connection does not hold up the exit of the process.
 */
export function keepConnections(): AsyncDisposable {
  scopes++;
  let isOpen = true;
  return {
    async [Symbol.asyncDispose]() {
      if (!isOpen) return;
      isOpen = false;
      if (--scopes > 0) return;
      await Promise.all(returning);
      await closeAll(idle.splice(0));
    },
  };
}

/**
 * Returns a connection: a kept one, or a new one, which connects on first use. Dispose it to give it
 * back. The first call on it must be a query or a batch that is safe to repeat: if a kept connection
 * turns out to be lost, the call is repeated on a new one.
 *
 * @throws {ConfigurationError} when the URL is malformed or leaves open whether it is encrypted.
 */
export function acquireConnection(url: string, settings: Settings = {}): Connection {
  if (scopes === 0) return connect(url, settings);
  const open = () => openConnection(url, settings);
  return new AcquiredConnection(takeIdle(keyOf(url, settings)) ?? open(), open);
}

function keyOf(url: string, settings: Settings): string {
  return JSON.stringify([url, settings]);
}

function openConnection(url: string, settings: Settings): Kept {
  const connection = connect(url, settings);
  return { key: keyOf(url, settings), connection, opened_at: performance.now(), used_at: null };
}

function takeIdle(key: string): Kept | undefined {
  const stale = idle.filter((kept) => !isFresh(kept));
  for (const kept of stale) idle.splice(idle.indexOf(kept), 1);
  void closeAll(stale);
  const place = idle.findIndex((kept) => kept.key === key);
  return place === -1 ? undefined : idle.splice(place, 1)[0];
}

function isFresh({ connection, opened_at, used_at }: Kept): boolean {
  const now = performance.now();
  return connection.isOpen && now - opened_at < MAX_AGE_MS &&
    now - (used_at ?? opened_at) < MAX_IDLE_MS;
}

async function closeAll(connections: readonly Kept[]): Promise<void> {
  await Promise.all(connections.map(({ connection }) => connection[Symbol.asyncDispose]()));
}

/** Gives a connection back, at once if it is idle. Nobody waits for pending answers otherwise. */
async function giveBack(kept: Kept): Promise<void> {
  if (scopes === 0) return await closeAll([kept]);
  if (kept.connection.isIdle) return keep(kept);
  const given = (async () => {
    if (await kept.connection.settle() && scopes > 0) keep(kept);
    else await closeAll([kept]);
  })();
  returning.add(given);
  void given.finally(() => returning.delete(given));
}

function keep(kept: Kept): void {
  kept.used_at = performance.now();
  kept.connection.rest();
  idle.push(kept);
}

/** A connection that is given back when it is disposed. */
class AcquiredConnection implements Connection {
  #kept: Kept;
  readonly #open: () => Kept;
  /** Whether it could have been lost since its last use. */
  #isDoubtful: boolean;
  #first: Promise<unknown> | undefined;
  #isDisposed = false;

  constructor(kept: Kept, open: () => Kept) {
    this.#kept = kept;
    this.#open = open;
    this.#isDoubtful = kept.used_at !== null;
    if (this.#isDoubtful) kept.connection.wake(ANSWER_MS);
  }

  get session(): object {
    return this.#kept.connection.session;
  }

  query<T extends QueryRow>(text: string, values?: readonly unknown[]): Promise<T[]> {
    return this.#call((connection) => connection.query<T>(text, values));
  }

  batch(statements: readonly (string | Statement)[]): Promise<QueryRow[][]> {
    return this.#call((connection) => connection.batch(statements));
  }

  copyOut(statement: string): AsyncIterable<Uint8Array> {
    return this.#kept.connection.copyOut(statement);
  }

  copyOutAll(statements: readonly string[]): AsyncIterable<Uint8Array>[] {
    return this.#kept.connection.copyOutAll(statements);
  }

  sendCopy(statement: string, chunks: AsyncIterable<Uint8Array>): Promise<SentCopy> {
    return this.#kept.connection.sendCopy(statement, chunks);
  }

  copyIn(statement: string, chunks: AsyncIterable<Uint8Array>): Promise<void> {
    return this.#kept.connection.copyIn(statement, chunks);
  }

  async close(): Promise<void> {
    this.#isDisposed = true;
    await this.#kept.connection.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isDisposed) return;
    this.#isDisposed = true;
    await giveBack(this.#kept);
  }

  /** Makes a call. Until the first one is answered, the others wait: it could have to be repeated. */
  async #call<T>(call: (connection: Connection) => Promise<T>): Promise<T> {
    if (!this.#isDoubtful) return await call(this.#kept.connection);
    const first = this.#first;
    if (!first) return await (this.#first = this.#callFirst(call)) as T;
    await first.catch(() => {});
    return await this.#call(call);
  }

  async #callFirst<T>(call: (connection: Connection) => Promise<T>): Promise<T> {
    try {
      return await call(this.#kept.connection);
    } catch (error) {
      if (!isLost(error)) throw error;
      void closeAll([this.#kept]);
      this.#kept = this.#open();
      return await call(this.#kept.connection);
    } finally {
      this.#isDoubtful = false;
    }
  }
}

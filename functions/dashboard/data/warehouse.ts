/**
 * The warehouse as the dashboard sees it: read-only, with a time limit, a few connections at a time.
 *
 * @module
 */
import { WarehouseError } from "../../../sdk/errors.ts";
import type { Connection, QueryRow } from "../../../sdk/postgres/connection.ts";
import { acquireConnection } from "../../../sdk/postgres/kept_connections.ts";
import { isLost, wrapError } from "../../../sdk/postgres/wrap_error.ts";
import { Turns } from "./turns.ts";

/** What answers queries. */
export interface Warehouse {
  /**
   * Runs one query. A value is sent as text, so pass JSON as a string.
   *
   * @throws {WarehouseError}
   */
  query: Query;
  /**
   * Runs queries that all see the warehouse after the same commit, with these settings. Some run at the
   * same time.
   *
   * @throws {WarehouseError}
   */
  snapshot<Result>(
    read: (query: Query) => Promise<Result>,
    settings?: Readonly<Record<string, string>>,
  ): Promise<Result>;
}

/** Runs one query. A value is sent as text, so pass JSON as a string. */
export type Query = <Row extends QueryRow>(
  text: string,
  values?: readonly unknown[],
) => Promise<Row[]>;

/** The warehouse's URL. Its password is rotated. */
export interface WarehouseUrl {
  /** Returns the URL, which can be a minute old. */
  get(): Promise<string>;
  /** Returns the URL after the server refused the password in it. */
  renew(): Promise<string>;
}

/** How long to wait for the warehouse. */
export interface Patience {
  /** Milliseconds for a query or a snapshot. The server stops a statement before that. */
  readonly answer_ms: number;
  /** Milliseconds to wait for other queries. */
  readonly turn_ms: number;
  /** Milliseconds for which a warehouse that did not answer is not asked again. */
  readonly pause_ms: number;
}

const PATIENCE: Patience = { answer_ms: 12_000, turn_ms: 10_000, pause_ms: 1_000 };
/** The role has these settings too. Here, a role without them is as harmless. */
const SESSION: Readonly<Record<string, string>> = {
  default_transaction_read_only: "on",
  statement_timeout: "10s",
  lock_timeout: "2s",
};
/** A page asks several questions at once. The role can have twenty connections, for all instances. */
const MAX_CONNECTIONS = 4;
const WRONG_PASSWORD = "28P01";
const CONTEXT = { stage: "dashboard" };
const CANNOT_READ = "cannot read the warehouse (DASHBOARD_WAREHOUSE_URL)";

/** Opens a warehouse. Connections are kept between queries within {@linkcode keepConnections}. */
export function openWarehouse(url: WarehouseUrl, patience = PATIENCE): Warehouse {
  const turns = new Turns(MAX_CONNECTIONS, patience.turn_ms);
  let down: { readonly until: number; readonly error: unknown } | undefined;
  const connected = async <Result>(use: Use<Result>): Promise<Result> => {
    await turns.take();
    try {
      // Every query of a page would wait as long for the same answer.
      if (down && performance.now() < down.until) throw down.error;
      return await inTime(await url.get(), use, patience.answer_ms).catch(async (error) => {
        if (error.code !== WRONG_PASSWORD) throw error;
        return await inTime(await url.renew(), use, patience.answer_ms);
      });
    } catch (cause) {
      const error = errorOf(cause);
      if (isLost(cause)) down = { until: performance.now() + patience.pause_ms, error };
      throw error;
    } finally {
      turns.giveBack();
    }
  };
  return {
    query: <Row extends QueryRow>(text: string, values?: readonly unknown[]) =>
      connected((acquire) => acquire().query<Row>(text, values)),
    snapshot: (read, settings = {}) =>
      connected(async (acquire) => {
        const second = turns.takeIfFree();
        try {
          return await inSnapshot(acquire, second, settings, read);
        } finally {
          if (second) turns.giveBack();
        }
      }),
  };
}

/** Reads with connections that it acquires. */
type Use<Result> = (acquire: () => Connection) => Promise<Result>;

function errorOf(cause: unknown): unknown {
  try {
    return wrapError(WarehouseError, CANNOT_READ, CONTEXT)(cause);
  } catch (error) {
    return error;
  }
}

/** Reads, and gives up if that takes too long: the other end can have vanished without a word. */
async function inTime<Result>(url: string, use: Use<Result>, limit_ms: number): Promise<Result> {
  const connections: Connection[] = [];
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    const message = `no answer within ${limit_ms / 1000} s`;
    late.reject(Object.assign(new Error(message), { code: "CONNECT_TIMEOUT" }));
  }, limit_ms);
  const work = use(() => {
    const connection = acquireConnection(url, SESSION);
    connections.push(connection);
    return connection;
  });
  work.catch(() => {}); // it can fail after the time is up
  try {
    return await Promise.race([work, late.promise]);
  } finally {
    clearTimeout(timer);
    await Promise.all(connections.map((connection) => connection[Symbol.asyncDispose]()));
  }
}

const BEGIN = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

/** Reads in one transaction, or in two that share their snapshot: a page's queries take long. */
async function inSnapshot<Result>(
  acquire: () => Connection,
  isShared: boolean,
  settings: Readonly<Record<string, string>>,
  read: (query: Query) => Promise<Result>,
): Promise<Result> {
  const first = acquire();
  const locals = Object.entries(settings).map(([name, value]) => `SET LOCAL ${name} = '${value}'`);
  await first.batch([BEGIN, ...locals]);
  const sessions = [{ connection: first, pending: 0 }];
  if (isShared) {
    const [{ id }] = await first.query<{ id: string }>("SELECT pg_export_snapshot() AS id");
    const second = acquire();
    await second.batch([BEGIN, `SET TRANSACTION SNAPSHOT '${id}'`, ...locals]);
    sessions.push({ connection: second, pending: 0 });
  }
  const result = await read(async (text, values) => {
    const session = sessions.reduce((a, b) => b.pending < a.pending ? b : a);
    session.pending++;
    try {
      return await session.connection.query(text, values);
    } finally {
      session.pending--;
    }
  });
  await Promise.all(sessions.map(({ connection }) => connection.query("COMMIT")));
  return result;
}

/**
 * The warehouse as the dashboard sees it: read-only, with a time limit, a few connections at a time.
 *
 * @module
 */
import { EtlError, WarehouseError } from "../../../sdk/errors.ts";
import type { QueryRow } from "../../../sdk/postgres/connection.ts";
import { acquireConnection } from "../../../sdk/postgres/kept_connections.ts";
import { wrapError } from "../../../sdk/postgres/wrap_error.ts";

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

/** The role has these settings too. Here, a role without them is as harmless. */
const SESSION: Readonly<Record<string, string>> = {
  default_transaction_read_only: "on",
  statement_timeout: "10s",
  lock_timeout: "2s",
};
/** A page asks several questions at once. */
const MAX_CONNECTIONS = 4;
const WRONG_PASSWORD = "28P01";

/** Opens a warehouse. Connections are kept between queries within {@linkcode keepConnections}. */
export function openWarehouse(url: WarehouseUrl): Warehouse {
  const turns = new Turns(MAX_CONNECTIONS);
  const connected = async <Result>(use: (url: string) => Promise<Result>): Promise<Result> => {
    await turns.take();
    try {
      return await use(await url.get()).catch(async (error) => {
        if (error.code !== WRONG_PASSWORD) throw error;
        return await use(await url.renew());
      });
    } catch (error) {
      if (error instanceof EtlError) throw error;
      return wrapError(WarehouseError, "the dashboard cannot read the warehouse", CONTEXT)(error);
    } finally {
      turns.giveBack();
    }
  };
  return {
    query: <Row extends QueryRow>(text: string, values?: readonly unknown[]) =>
      connected(async (url) => {
        await using connection = acquireConnection(url, SESSION);
        return await connection.query<Row>(text, values);
      }),
    snapshot: (read, settings = {}) =>
      connected(async (url) => {
        const second = turns.takeIfFree();
        try {
          return await inSnapshot(url, second, settings, read);
        } finally {
          if (second) turns.giveBack();
        }
      }),
  };
}

const CONTEXT = { stage: "dashboard" };
const BEGIN = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

/** Reads in one transaction, or in two that share their snapshot: a page's queries take long. */
async function inSnapshot<Result>(
  url: string,
  isShared: boolean,
  settings: Readonly<Record<string, string>>,
  read: (query: Query) => Promise<Result>,
): Promise<Result> {
  await using connections = new AsyncDisposableStack();
  const first = connections.use(acquireConnection(url, SESSION));
  const locals = Object.entries(settings).map(([name, value]) => `SET LOCAL ${name} = '${value}'`);
  await first.batch([BEGIN, ...locals]);
  const sessions = [{ connection: first, pending: 0 }];
  if (isShared) {
    const [{ id }] = await first.query<{ id: string }>("SELECT pg_export_snapshot() AS id");
    const second = connections.use(acquireConnection(url, SESSION));
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

/** Lets a number of queries run at a time. */
class Turns {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(free: number) {
    this.#free = free;
  }

  async take(): Promise<void> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  takeIfFree(): boolean {
    if (this.#free === 0) return false;
    this.#free--;
    return true;
  }

  giveBack(): void {
    const next = this.#waiting.shift();
    if (next) next();
    else this.#free++;
  }
}

/**
 * The warehouse as the dashboard sees it: read-only, with a time limit, a few connections at a time.
 *
 * @module
 */
import type { QueryRow } from "../../../sdk/postgres/connection.ts";
import { acquireConnection } from "../../../sdk/postgres/kept_connections.ts";

/** What answers queries. */
export interface Warehouse {
  /** Runs one query. A value is sent as text, so pass JSON as a string. */
  query<Row extends QueryRow>(text: string, values?: readonly unknown[]): Promise<Row[]>;
}

/** The role has these settings too. Here, a role without them is as harmless. */
const SESSION: Readonly<Record<string, string>> = {
  default_transaction_read_only: "on",
  statement_timeout: "10s",
  lock_timeout: "2s",
};
/** A page asks several questions at once. */
const MAX_CONNECTIONS = 4;

/**
 * Opens a warehouse. `url` is called for every query, because passwords are rotated. Connections are
 * kept between queries within {@linkcode keepConnections}.
 */
export function openWarehouse(url: () => Promise<string>): Warehouse {
  let free = MAX_CONNECTIONS;
  const waiting: (() => void)[] = [];
  const take = async () => {
    if (free > 0) free--;
    else await new Promise<void>((resolve) => waiting.push(resolve));
  };
  const giveBack = () => {
    const next = waiting.shift();
    if (next) next();
    else free++;
  };
  return {
    async query<Row extends QueryRow>(text: string, values?: readonly unknown[]) {
      await take();
      try {
        await using connection = acquireConnection(await url(), SESSION);
        return await connection.query<Row>(text, values);
      } finally {
        giveBack();
      }
    },
  };
}

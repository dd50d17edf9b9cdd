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
  query<Row extends QueryRow>(text: string, values?: readonly unknown[]): Promise<Row[]>;
}

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
  return {
    async query<Row extends QueryRow>(text: string, values?: readonly unknown[]) {
      await turns.take();
      try {
        return await ask<Row>(await url.get(), text, values).catch(async (error) => {
          if (error.code !== WRONG_PASSWORD) throw error;
          return await ask<Row>(await url.renew(), text, values);
        });
      } catch (error) {
        if (error instanceof EtlError) throw error;
        return wrapError(WarehouseError, "the dashboard cannot read the warehouse", CONTEXT)(error);
      } finally {
        turns.giveBack();
      }
    },
  };
}

const CONTEXT = { stage: "dashboard" };

async function ask<Row extends QueryRow>(
  url: string,
  text: string,
  values?: readonly unknown[],
): Promise<Row[]> {
  await using connection = acquireConnection(url, SESSION);
  return await connection.query<Row>(text, values);
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

  giveBack(): void {
    const next = this.#waiting.shift();
    if (next) next();
    else this.#free++;
  }
}

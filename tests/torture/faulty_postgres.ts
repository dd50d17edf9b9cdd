/**
 * A Postgres proxy that injects faults. It understands enough of the protocol to recognise the
 * pipeline's steps.
 *
 * @module
 */
import { connect, type Connection } from "../../sdk/postgres/connection.ts";
import type { Faults } from "./faults.ts";
import { Session } from "./session.ts";

/** A running proxy. */
export interface FaultyPostgres extends AsyncDisposable {
  /** The URL that replaces the server's. */
  readonly url: string;
  /** Number of open connections. */
  readonly open: number;
}

/**
 * Starts a proxy for the database of a URL. `side` is the first word of its steps: `source query`.
 */
export function faultyPostgres(target: string, side: string, faults: Faults): FaultyPostgres {
  const { hostname, port } = new URL(target);
  const address = { hostname, port: Number(port) };
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const signals = new Signals(target);
  const sessions = new Set<Session>();
  const accepting = (async () => {
    for await (const client of listener) {
      client.setNoDelay();
      const session = new Session(client, address, {
        next: (step) => faults.next(`${side} ${step}`, step),
        signal: (pid, how) => signals.send(pid, how),
      });
      sessions.add(session);
      session.run().finally(() => sessions.delete(session));
    }
  })();
  const url = new URL(target);
  url.hostname = "127.0.0.1";
  url.port = String((listener.addr as Deno.NetAddr).port);
  return {
    url: url.href,
    get open() {
      return sessions.size;
    },
    [Symbol.asyncDispose]: async () => {
      listener.close();
      await accepting;
      for (const session of sessions) session.cut();
      await signals[Symbol.asyncDispose]();
    },
  };
}

/** What another session can do to a backend. */
export type Signal = "cancel" | "terminate";

/** Cancels a backend's query or terminates it, over a separate connection. */
class Signals implements AsyncDisposable {
  readonly #url: string;
  #connection: Connection | undefined;

  constructor(url: string) {
    this.#url = url;
  }

  /** Returns whether the server received it. */
  async send(pid: number, how: Signal): Promise<boolean> {
    const connection = this.#connection ??= connect(this.#url);
    try {
      const [{ sent }] = await connection.query(`SELECT pg_${how}_backend($1) AS sent`, [pid]);
      return sent === true;
    } catch {
      // Postgres itself was killed. The next fault opens a new connection.
      if (this.#connection === connection) this.#connection = undefined;
      return false;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#connection?.[Symbol.asyncDispose]();
  }
}

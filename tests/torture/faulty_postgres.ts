/**
 * A Postgres on which things go wrong: it stands between the clients and the server, and understands
 * what they say well enough to know what they are doing.
 *
 * @module
 */
import { connect, type Connection } from "../../sdk/postgres/connection.ts";
import type { Faults } from "./faults.ts";
import { Session } from "./session.ts";

/** Where clients connect instead. */
export interface FaultyPostgres extends AsyncDisposable {
  /** The URL that stands for the server's. */
  readonly url: string;
  /** Connections that are open now. */
  readonly open: number;
}

/** Stands before the database of a URL. `side` begins the names of its steps: `source query`. */
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

/** What another session can do to one. */
export type Signal = "cancel" | "terminate";

/** Tells the server to end what a backend does, or the backend: on a connection kept for that. */
class Signals implements AsyncDisposable {
  readonly #url: string;
  #connection: Connection | undefined;

  constructor(url: string) {
    this.#url = url;
  }

  /** Returns whether the server heard it. */
  async send(pid: number, how: Signal): Promise<boolean> {
    const connection = this.#connection ??= connect(this.#url);
    try {
      const [{ sent }] = await connection.query(`SELECT pg_${how}_backend($1) AS sent`, [pid]);
      return sent === true;
    } catch {
      // Postgres itself was killed: another connection, another time.
      if (this.#connection === connection) this.#connection = undefined;
      return false;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#connection?.[Symbol.asyncDispose]();
  }
}

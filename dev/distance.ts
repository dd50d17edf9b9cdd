/**
 * Puts databases and HTTP servers at a distance: proxies that delay every byte, and count the trips
 * that a client makes. On one machine a trip costs nothing; between two sites it costs milliseconds.
 *
 * @module
 */
import { printable } from "../functions/format.ts";

/** How far away the servers are. */
export interface DistanceOptions {
  /**
   * Milliseconds that a byte is on its way, in each direction. Without a delay, requests that are sent
   * side by side can be counted as if one waited for the other.
   */
  readonly delay_ms: number;
}

/** Servers at a distance, all seen by one client. */
export interface Distance extends AsyncDisposable {
  /** Opens a proxy in front of a server. Returns the same URL with the proxy's host and port. */
  to(url: string): Promise<string>;
  /** Returns what was counted since the start or the last reset. */
  traffic(): Traffic;
  /** Starts counting again, on open connections as well. */
  reset(): void;
  /** Closes every proxy and connection. */
  close(): Promise<void>;
}

/** What a client and its servers exchanged. */
export interface Traffic {
  /** The trips of all connections. */
  readonly trips: number;
  /**
   * The trips that waited for one another, whichever connection they took: the time that distance
   * costs, in round trips.
   */
  readonly chain: number;
  /** The connections that were used, in the order in which they were opened. */
  readonly connections: readonly ConnectionTraffic[];
  /** What each trip began with, in the order in which they were sent. */
  readonly requests: readonly TripRequest[];
}

/** What a client sent to begin a trip. */
export interface TripRequest {
  /** When it was sent, in milliseconds since the epoch. */
  readonly sent_at: number;
  /** The server's host, port and path. */
  readonly server: string;
  /** Its place in the chain: the trips that it waited for, and itself. */
  readonly place: number;
  /** Its first characters. */
  readonly beginning: string;
}

/** What one connection exchanged. */
export interface ConnectionTraffic {
  /** The server's host, port and path. */
  readonly server: string;
  /** How often the client sent something after it had received something, its first request included. */
  readonly trips: number;
  /** Bytes from the client. */
  readonly sent_bytes: number;
  /** Bytes from the server. */
  readonly received_bytes: number;
}

const DEFAULT_PORTS: Readonly<Record<string, number>> = {
  "postgres:": 5432,
  "postgresql:": 5432,
  "http:": 80,
};
/** Bytes that are on their way in one direction before the sender has to wait. */
const WINDOW_BYTES = 8_388_608;
const REQUEST_CHARACTERS = 120;

/** Opens a distance, with no server behind it yet. */
export function openDistance({ delay_ms }: DistanceOptions): Distance {
  const meter = new Meter();
  const proxies: Proxy[] = [];
  const close = async () => {
    await Promise.all(proxies.map((proxy) => proxy.close()));
  };
  return {
    to(url) {
      const proxy = openProxy(new URL(url), delay_ms, meter);
      proxies.push(proxy);
      return Promise.resolve(proxy.url);
    },
    traffic: () => meter.traffic(),
    reset: () => meter.reset(),
    close,
    [Symbol.asyncDispose]: close,
  };
}

interface Proxy {
  readonly url: string;
  close(): Promise<void>;
}

function openProxy(target: URL, delay_ms: number, meter: Meter): Proxy {
  const port = Number(target.port || DEFAULT_PORTS[target.protocol]);
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const open = new Set<Deno.TcpConn>();
  const closeAll = () => open.forEach(closeQuietly);
  const serve = async (client: Deno.TcpConn) => {
    open.add(client);
    // A connection takes a round trip before the client can send anything.
    const opened = sleep(2 * delay_ms);
    const server = await Deno.connect({ hostname: target.hostname, port }).catch(() => null);
    if (server !== null) {
      open.add(server);
      const count = meter.connection(`${target.host}${target.pathname}`);
      await opened;
      await Promise.all([
        carry(client, server, delay_ms, { sent: (chunk) => count.send(chunk) }),
        carry(server, client, delay_ms, { delivered: (chunk) => count.receive(chunk) }),
      ]);
      closeQuietly(server);
      open.delete(server);
    }
    closeQuietly(client);
    open.delete(client);
  };
  const done = (async () => {
    const served: Promise<void>[] = [];
    for await (const client of listener) served.push(serve(client));
    await Promise.all(served);
  })();
  const proxied = new URL(target);
  proxied.host = `127.0.0.1:${listener.addr.port}`;
  const close = async () => {
    listener.close();
    closeAll();
    await done;
  };
  return { url: proxied.href, close };
}

interface Observer {
  sent?(chunk: Uint8Array): void;
  delivered?(chunk: Uint8Array): void;
}

interface Delayed {
  readonly chunk: Uint8Array<ArrayBuffer>;
  readonly due: number;
}

/** Carries bytes from one side to the other until either closes. */
async function carry(
  from: Deno.TcpConn,
  to: Deno.TcpConn,
  delay_ms: number,
  observer: Observer,
): Promise<void> {
  const size = ({ chunk }: Delayed) => chunk.length;
  const delay = new TransformStream<Uint8Array<ArrayBuffer>, Delayed>(
    {
      transform(chunk, line) {
        observer.sent?.(chunk);
        line.enqueue({ chunk, due: performance.now() + delay_ms });
      },
    },
    {},
    { highWaterMark: WINDOW_BYTES, size },
  );
  const writer = to.writable.getWriter();
  try {
    for await (const { chunk, due } of from.readable.pipeThrough(delay)) {
      await sleep(due - performance.now());
      observer.delivered?.(chunk);
      await writer.write(chunk);
    }
    await sleep(delay_ms);
    await to.closeWrite();
  } catch {
    // One side has vanished, and the other one must notice.
    closeQuietly(from);
    closeQuietly(to);
  }
}

function sleep(ms: number): Promise<void> | void {
  if (ms > 0) return new Promise((resolve) => setTimeout(resolve, ms));
}

function closeQuietly(connection: Deno.TcpConn): void {
  try {
    connection.close();
  } catch {
    // already closed
  }
}

/** Counts over all connections of one client. */
class Meter {
  #connections: Connection[] = [];
  #requests: TripRequest[] = [];
  /** The longest chain that ends in something the client has received (a Lamport clock). */
  #clock = 0;

  connection(server: string): Connection {
    const connection = new Connection(server, {
      depth: () => this.#clock,
      request: (request) => this.#requests.push(request),
      received: (depth) => this.#clock = Math.max(this.#clock, depth),
    });
    this.#connections.push(connection);
    return connection;
  }

  traffic(): Traffic {
    const connections = this.#connections.map((connection) => connection.traffic())
      .filter(({ sent_bytes, received_bytes }) => sent_bytes + received_bytes > 0);
    return {
      trips: connections.reduce((sum, { trips }) => sum + trips, 0),
      chain: this.#clock,
      connections,
      requests: [...this.#requests],
    };
  }

  reset(): void {
    this.#clock = 0;
    this.#requests = [];
    this.#connections.forEach((connection) => connection.reset());
  }
}

interface Client {
  depth(): number;
  request(request: TripRequest): void;
  received(depth: number): void;
}

/** Counts on one connection. */
class Connection {
  #trips = 0;
  #sent_bytes = 0;
  #received_bytes = 0;
  #depth = 0;
  #isClientsTurn = true;

  constructor(readonly server: string, readonly client: Client) {}

  send(chunk: Uint8Array): void {
    this.#sent_bytes += chunk.length;
    if (!this.#isClientsTurn) return;
    this.#isClientsTurn = false;
    this.#trips++;
    this.#depth = this.client.depth() + 1;
    this.client.request({
      sent_at: performance.timeOrigin + performance.now(),
      server: this.server,
      place: this.#depth,
      beginning: beginning(chunk),
    });
  }

  receive(chunk: Uint8Array): void {
    this.#received_bytes += chunk.length;
    this.#isClientsTurn = true;
    this.client.received(this.#depth);
  }

  reset(): void {
    this.#trips =
      this.#sent_bytes =
      this.#received_bytes =
      this.#depth =
        0;
  }

  traffic(): ConnectionTraffic {
    return {
      server: this.server,
      trips: this.#trips,
      sent_bytes: this.#sent_bytes,
      received_bytes: this.#received_bytes,
    };
  }
}

function beginning(chunk: Uint8Array): string {
  const text = new TextDecoder("latin1").decode(chunk.subarray(0, REQUEST_CHARACTERS));
  // Control characters are the lengths and separators of Postgres's protocol.
  return printable(text.replace(/\p{Cc}+/gu, " ").trim());
}

import { once } from "node:events";
import { connect as connectSocket, isIP, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { type Encryption, readAuthorities } from "./encryption.ts";

/** Where postgres.js wants to connect. */
export interface Address {
  /** Names of hosts; the first is meant. */
  readonly host: readonly string[];
  /** Their ports. */
  readonly port: readonly number[];
  /** A Unix socket instead. */
  readonly path: string | false;
}

const CONNECT_TIMEOUT_MS = 30_000;
/**
 * A server that says nothing for so long will not: it is frozen, or what stands between has forgotten
 * the connection. The longest silence that means something is that of a foreign key being checked.
 */
export const SILENCE_MS = 20 * 60_000;

/** The message that asks for TLS: its length, and a number that no protocol version has. */
const TLS_REQUEST = Uint8Array.of(0, 0, 0, 8, 4, 210, 22, 47);
const TLS_ACCEPTED = "S".charCodeAt(0);

/**
 * Opens the socket that postgres.js would, without Nagle's algorithm: at the end of every COPY that
 * would hold back a few bytes until the server acknowledges the ones before, which it does 40 ms
 * later.
 */
export async function openSocket(
  { host: [host], port: [port], path }: Address,
  encryption: Encryption,
  silence_ms = SILENCE_MS,
): Promise<Socket> {
  const socket = connectSocket(path ? { path } : { host, port, noDelay: true });
  endAfter(socket, CONNECT_TIMEOUT_MS, "CONNECT_TIMEOUT");
  await once(socket, "connect");
  const ready = encryption.mode === "none" ? socket : await secured(socket, host, encryption);
  socket.removeAllListeners("timeout").setTimeout(0);
  endAfter(ready, silence_ms, "CONNECTION_LOST");
  return ready;
}

/** Ends a socket on which nothing has moved for so long, or for as long as its timeout is set to later. */
function endAfter(socket: Socket, ms: number, code: string): void {
  const error = new Error(`the server has said nothing for ${ms / 1000} s`);
  socket.setTimeout(ms);
  socket.on("timeout", () => socket.destroy(Object.assign(error, { code })));
}

/** @see https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-SSL */
async function secured(
  socket: Socket,
  host: string,
  { authorities }: Extract<Encryption, { mode: "verified" }>,
): Promise<Socket> {
  const ca = authorities === undefined ? undefined : await readAuthorities(authorities);
  socket.write(TLS_REQUEST);
  const [answer] = await Promise.race([once(socket, "data"), hangUp(socket)]) as [Uint8Array];
  // More than the one byte would have been put there by someone in between.
  if (answer.length !== 1 || answer[0] !== TLS_ACCEPTED) {
    socket.destroy();
    const refused = new Error("the server does not offer an encrypted connection");
    throw Object.assign(refused, { code: "TLS_REFUSED" });
  }
  socket.removeAllListeners("data");
  const tls = connectTls({ socket, servername: isIP(host) ? undefined : host, host, ca });
  try {
    await once(tls, "secureConnect");
    return tls;
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

/** Rejects when the peer closes, which is neither data nor an error. */
function hangUp(socket: Socket): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  promise.catch(() => {}); // it may close when nobody waits any more
  const error = new Error("the server hung up before the connection was encrypted");
  socket.once("close", () => reject(Object.assign(error, { code: "CONNECTION_LOST" })));
  return promise;
}

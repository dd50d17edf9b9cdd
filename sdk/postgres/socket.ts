import { Buffer } from "node:buffer";
import { once } from "node:events";
import { connect as connectSocket, isIP, type OnReadOpts, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { type Encryption, readAuthorities } from "./encryption.ts";

/** The server that postgres.js connects to. */
export interface Address {
  /** Host names; the first one is used. */
  readonly host: readonly string[];
  /** The hosts' ports. */
  readonly port: readonly number[];
  /** A Unix socket, instead of a host. */
  readonly path: string | false;
}

const READ_BYTES = 64 * 1024;
const CONNECT_TIMEOUT_MS = 30_000;
/**
 * The longest silence of a healthy server is a foreign key check. After this long, the server is
 * frozen or a middlebox has dropped the connection.
 */
export const SILENCE_MS = 20 * 60_000;

/** The message that requests TLS: its length, and a number that no protocol version has. */
const TLS_REQUEST = Uint8Array.of(0, 0, 0, 8, 4, 210, 22, 47);
const TLS_ACCEPTED = "S".charCodeAt(0);

/**
 * Opens postgres.js's socket without Nagle's algorithm, which would delay the last bytes of every
 * COPY until the server acknowledges the previous ones, 40 ms later. What it receives is valid until the
 * listeners to `data` return.
 */
export async function openSocket(
  { host: [host], port: [port], path }: Address,
  encryption: Encryption,
  silence_ms = SILENCE_MS,
): Promise<Socket> {
  const onread = encryption.mode === "none" ? readAgain(() => socket) : undefined;
  const target = path ? { path } : { host, port, noDelay: true };
  const socket: Socket = connectSocket({ ...target, onread });
  endAfter(socket, CONNECT_TIMEOUT_MS, "CONNECT_TIMEOUT");
  await once(socket, "connect");
  const ready = encryption.mode === "none" ? socket : await startTls(socket, host, encryption);
  socket.removeAllListeners("timeout").setTimeout(0);
  endAfter(ready, silence_ms, "CONNECTION_LOST");
  return ready;
}

/**
 * Makes a socket read into the same memory again and again. New memory for every read would pile up until it is
 * collected: hundreds of megabytes. A socket under TLS cannot.
 */
function readAgain(socketOf: () => Socket): OnReadOpts {
  return {
    buffer: new Uint8Array(READ_BYTES),
    callback(length, { buffer }) {
      socketOf().emit("data", Buffer.from(buffer as ArrayBuffer, 0, length));
      return true;
    },
  };
}

/** Closes a socket that was silent for this long, or for its own timeout if that is set later. */
function endAfter(socket: Socket, ms: number, code: string): void {
  const error = new Error(`the server was silent for ${ms / 1000} s`);
  socket.setTimeout(ms);
  socket.on("timeout", () => socket.destroy(Object.assign(error, { code })));
}

/** @see https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-SSL */
async function startTls(
  socket: Socket,
  host: string,
  { authorities }: Extract<Encryption, { mode: "verified" }>,
): Promise<Socket> {
  const ca = authorities === undefined ? undefined : await readAuthorities(authorities);
  socket.write(TLS_REQUEST);
  const [answer] = await Promise.race([once(socket, "data"), rejectOnClose(socket)]) as [
    Uint8Array,
  ];
  // More than one byte would have been injected by someone in between.
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
function rejectOnClose(socket: Socket): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  promise.catch(() => {}); // it can close after the last listener
  const error = new Error("the server closed the connection before it was encrypted");
  socket.once("close", () => reject(Object.assign(error, { code: "CONNECTION_LOST" })));
  return promise;
}

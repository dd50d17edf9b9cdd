/**
 * COPY in both directions over a connection of postgres.js. Rows pass it by: it copies them twice on
 * their way to the server, and makes a chunk of each on their way back.
 *
 * @module
 */
import type { Socket } from "node:net";
import type postgres from "postgres";
import { Readable, type Writable } from "node:stream";
import { orAborted } from "./aborted.ts";
import type { CopiedRows } from "./copied_rows.ts";

type CopyQuery = postgres.PendingQuery<postgres.Row[]> & {
  resolve(value: unknown): void;
  reject(error: Error): void;
};

/**
 * Sends a `COPY … TO STDOUT` and returns its rows. `lost` is aborted when the connection cannot be used any
 * more. `open` is called as soon as the server has accepted the statement.
 */
export function copyOut(
  query: unknown,
  lost: AbortController,
  open: () => CopiedRows,
): AsyncIterable<Uint8Array> {
  let rows: CopiedRows | undefined;
  const copy = withFailureListener(query, lost, () => rows = open());
  copy.execute(); // now, or what is sent next would overtake it
  const accepted = orAborted(copy.readable(), lost.signal);
  accepted.catch(() => {}); // it can fail before anyone reads
  return (async function* () {
    await accepted;
    yield* read(rows!, lost);
  })();
}

async function* read(rows: CopiedRows, lost: AbortController): AsyncGenerator<Uint8Array> {
  const fail = () => rows.fail(lost.signal.reason);
  if (lost.signal.aborted) fail();
  lost.signal.addEventListener("abort", fail);
  try {
    yield* rows.read();
  } finally {
    // The server keeps sending unread data, so the connection can only be closed.
    if (!rows.isFinished) lost.abort(new Error("a COPY was abandoned before its end"));
    lost.signal.removeEventListener("abort", fail);
  }
}

/** Sends chunks to a `COPY … FROM STDIN`. `lost` is aborted when the connection cannot be used any more. */
export async function copyIn(
  query: unknown,
  lost: AbortController,
  socket: () => Socket,
  chunks: AsyncIterable<Uint8Array>,
): Promise<void> {
  const copy = withFailureListener(query, lost);
  const target = await orAborted(copy.writable(), lost.signal) as Writable;
  target.on("error", () => {});
  let chunkError: { readonly error: unknown } | undefined;
  const observedChunks = onFailure(chunks, (error) => chunkError = { error });
  const send = async () => {
    for await (const chunk of observedChunks) await sendCopyData(socket(), chunk);
    await end(target);
  };
  try {
    // The chunks can wait for something else while the connection is lost.
    await orAborted(send(), lost.signal);
  } catch (error) {
    target.destroy(error as Error);
    throw chunkError ? chunkError.error : await serverError(lost.signal, error);
  }
}

/**
 * Returns a COPY that reports errors which postgres.js drops. It resolves a COPY when its stream
 * opens, so a later error (the last row broke a constraint, the backend was killed) goes to a
 * promise that has already resolved. The stream is listened to as soon as it exists, because an
 * error can arrive in the same packet.
 */
function withFailureListener(query: unknown, lost: AbortController, onOpen = () => {}): CopyQuery {
  const copy = query as CopyQuery;
  const { resolve, reject } = copy;
  const fail = (error: Error) => lost.abort(error);
  copy.resolve = (stream) => {
    // It resolves a second time, with the statement's result.
    if (stream instanceof Readable) {
      stream.on("error", fail);
      onOpen();
    }
    resolve(stream);
  };
  copy.reject = (error) => {
    fail(error);
    reject(error);
  };
  return copy;
}

/** Sends a message with rows. Resolves when they are on their way. */
function sendCopyData(socket: Socket, rows: Uint8Array): Promise<void> {
  const header = new DataView(new ArrayBuffer(5));
  header.setUint8(0, "d".charCodeAt(0));
  header.setInt32(1, rows.length + 4);
  return new Promise((resolve, reject) => {
    socket.write(new Uint8Array(header.buffer));
    socket.write(rows, (error) => error ? reject(error) : resolve());
  });
}

/** Says that there are no more rows. Resolves when the server has accepted them. */
function end(target: Writable): Promise<void> {
  return new Promise((resolve, reject) => {
    target.once("error", reject);
    target.end(resolve);
  });
}

async function* onFailure<T>(
  items: AsyncIterable<T>,
  listener: (error: unknown) => void,
): AsyncGenerator<T> {
  try {
    yield* items;
  } catch (error) {
    listener(error);
    throw error;
  }
}

/** Waits a moment for the server's error, which says more than the broken pipe that it causes. */
async function serverError(lost: AbortSignal, fallback: unknown): Promise<unknown> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, 100);
  await orAborted(promise, lost).catch(() => {});
  clearTimeout(timer);
  return lost.aborted && "severity" in lost.reason ? lost.reason : fallback;
}

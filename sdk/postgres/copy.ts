/**
 * COPY out of a database over a connection of postgres.js. Rows pass it by: it makes a chunk of each.
 *
 * @module
 */
import type postgres from "postgres";
import { Readable } from "node:stream";
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
  const copy = withFailureListener(query, lost, () => {
    const opened = open();
    if (!lost.signal.aborted) rows = opened;
  });
  copy.execute(); // now, or what is sent next would overtake it
  const accepted = orAborted(copy.readable(), lost.signal);
  accepted.catch(() => {}); // it can fail before anyone reads
  return (async function* () {
    // A later statement can fail in the packet that has these rows: they are still to be read.
    await accepted.catch((error) => {
      if (!rows) throw error;
    });
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

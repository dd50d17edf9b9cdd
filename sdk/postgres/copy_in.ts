import type { Socket } from "node:net";
import { orAborted } from "./aborted.ts";

/** The types of the messages that a client sends. */
const [COPY_DATA, COPY_DONE, COPY_FAIL] = [..."dcf"].map((type) => type.charCodeAt(0));
/** A message starts with its type and its length, which counts itself. */
const [HEADER_BYTES, LENGTH_BYTES] = [5, 4];

/** A COPY whose rows were sent. */
export interface SentCopy {
  /** Resolves when the server has accepted the rows. */
  readonly accepted: Promise<void>;
}

/**
 * Sends the chunks of a `COPY … FROM STDIN` past postgres.js, which would copy them twice and wait for
 * the server after the last one. To postgres.js, it is a statement that takes long: `answer`.
 * `opened` resolves when the server is ready for the rows.
 *
 * @throws the error of the chunks or of the server.
 */
export async function copyIn(
  answer: PromiseLike<unknown>,
  opened: Promise<void>,
  socketOf: () => Socket,
  chunks: AsyncIterable<Uint8Array>,
): Promise<SentCopy> {
  const refused = new AbortController();
  const accepted = Promise.resolve(answer).then(() => {}, (error) => {
    refused.abort(error);
    throw error;
  });
  accepted.catch(() => {}); // it can fail before anyone waits for it
  // The server can refuse the rows at any time, and reads no more of them then.
  const orRefused = <T>(work: PromiseLike<T>) => orAborted(work, refused.signal);
  await orRefused(opened);
  const socket = socketOf();
  const source = chunks[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await orRefused(source.next());
      if (next.done) break;
      await orRefused(sendRows(socket, next.value));
    }
    socket.write(message(COPY_DONE));
  } catch (error) {
    void source.return?.(undefined)?.catch(() => {});
    if (!refused.signal.aborted) socket.write(message(COPY_FAIL, 1)); // with an empty text
    await accepted.catch(() => {});
    throw error;
  }
  return { accepted };
}

/** Sends rows. Resolves when they are on their way. */
function sendRows(socket: Socket, rows: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.write(message(COPY_DATA, 0, rows.length));
    socket.write(rows, (error) => error ? reject(error) : resolve());
  });
}

/** Returns the start of a message, with a body of so many zeros; `behind` more bytes come after it. */
function message(type: number, body = 0, behind = 0): Uint8Array {
  const view = new DataView(new ArrayBuffer(HEADER_BYTES + body));
  view.setUint8(0, type);
  view.setInt32(1, LENGTH_BYTES + body + behind);
  return new Uint8Array(view.buffer);
}

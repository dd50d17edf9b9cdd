import { isUtf8 } from "node:buffer";
import { grown } from "./growing_arrays.ts";

const LINE_FEED = 10;

/** Creates the error for malformed input, given a phrase such as `ends in the middle of a line`. */
export type Broken = (how: string) => Error;

/**
 * Joins and cuts chunks so that each ends with a whole row, which ends with a line feed. A chunk is valid until
 * the next one is requested, on both sides.
 *
 * @throws the error of `broken`, when the bytes are not UTF-8 or end in the middle of a row.
 */
export async function* wholeRows(
  chunks: AsyncIterable<Uint8Array>,
  broken: Broken,
): AsyncGenerator<Uint8Array> {
  // Used again for every chunk. It grows by doubling, because a row can be larger than many chunks.
  let memory = new Uint8Array(0);
  let held = 0;
  const hold = (bytes: Uint8Array) => {
    memory = grown(memory, held + bytes.length);
    memory.set(bytes, held);
    held += bytes.length;
  };
  for await (const chunk of chunks) {
    const end = chunk.lastIndexOf(LINE_FEED) + 1;
    if (end > 0) {
      const last = chunk.subarray(0, end);
      if (held > 0) hold(last);
      const rows = held > 0 ? memory.subarray(0, held) : last;
      if (!isUtf8(rows)) throw broken("is not UTF-8");
      yield rows;
      held = 0;
    }
    hold(chunk.subarray(end));
  }
  if (!isUtf8(memory.subarray(0, held))) throw broken("is not UTF-8");
  if (held > 0) throw broken("ends in the middle of a line");
}

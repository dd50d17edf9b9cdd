import { isUtf8 } from "node:buffer";

const LINE_FEED = 10;

/** Creates the error for malformed input, given a phrase such as `ends in the middle of a line`. */
export type Broken = (how: string) => Error;

/**
 * Joins and cuts chunks so that each ends with a whole row, which ends with a line feed. A chunk can be
 * memory that the producer uses again: it is valid until the next one is requested. A row larger than a
 * chunk is joined once, because repeated joins would be quadratic.
 *
 * @throws the error of `broken`, when the bytes are not UTF-8 or end in the middle of a row.
 */
export async function* wholeRows(
  chunks: AsyncIterable<Uint8Array>,
  broken: Broken,
): AsyncGenerator<Uint8Array> {
  let held: Uint8Array[] = [];
  for await (const chunk of chunks) {
    const end = chunk.lastIndexOf(LINE_FEED) + 1;
    const rest = chunk.slice(end);
    if (end === 0) {
      held.push(rest);
      continue;
    }
    const rows = joined(held, chunk.subarray(0, end));
    if (!isUtf8(rows)) throw broken("is not UTF-8");
    yield rows;
    held = rest.length > 0 ? [rest] : [];
  }
  const rest = joined(held, new Uint8Array());
  if (!isUtf8(rest)) throw broken("is not UTF-8");
  if (rest.length > 0) throw broken("ends in the middle of a line");
}

function joined(held: readonly Uint8Array[], last: Uint8Array): Uint8Array {
  if (held.length === 0) return last;
  const whole = new Uint8Array(held.reduce((sum, { length }) => sum + length, last.length));
  let at = 0;
  for (const part of [...held, last]) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

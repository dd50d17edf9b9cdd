import { type Broken, wholeRows } from "./whole_rows.ts";

/**
 * Yields the lines of UTF-8 bytes without their line feeds, in arrays of the lines that a chunk completes. A
 * chunk can end anywhere, even within a character. Memory is bounded by a chunk or a line, whichever is
 * larger.
 *
 * @throws the error of `broken`, when the bytes are not UTF-8 or end in the middle of a line.
 */
export async function* readLines(
  chunks: AsyncIterable<Uint8Array>,
  broken: Broken,
): AsyncGenerator<string[]> {
  // A byte order mark is kept like any other character.
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  for await (const rows of wholeRows(chunks, broken)) {
    yield decoder.decode(rows.subarray(0, -1)).split("\n");
  }
}

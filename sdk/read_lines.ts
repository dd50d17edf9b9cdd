/**
 * Splits UTF-8 bytes into lines that end with a line feed. Memory is bounded by a chunk or a line,
 * whichever is larger.
 *
 * @module
 */

/** Creates the error for malformed input, given a phrase such as `ends in the middle of a line`. */
export type Broken = (how: string, cause?: unknown) => Error;

/**
 * Yields the lines without their line feeds, in arrays of the lines that a chunk completes. A chunk
 * can end anywhere, even within a character.
 *
 * @throws the error of `broken`, when the bytes are not UTF-8 or end in the middle of a line.
 */
export async function* readLines(
  chunks: AsyncIterable<Uint8Array>,
  broken: Broken,
): AsyncIterable<string[]> {
  for await (const text of wholeLines(chunks, broken)) yield text.split("\n");
}

/** Yields texts of one or more complete lines, without the last line feed. */
export async function* wholeLines(
  chunks: AsyncIterable<Uint8Array>,
  broken: Broken,
): AsyncIterable<string> {
  // A byte order mark is kept like any other character.
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  // The start of an incomplete line. It is joined once, because repeated joins of a long line would
  // be quadratic.
  let parts: string[] = [];
  for await (const chunk of chunks) {
    const text = decode(broken, () => decoder.decode(chunk, { stream: true }));
    const end = text.lastIndexOf("\n");
    if (end < 0) {
      parts.push(text);
      continue;
    }
    parts.push(text.slice(0, end));
    yield parts.join("");
    parts = [text.slice(end + 1)];
  }
  parts.push(decode(broken, () => decoder.decode()));
  if (parts.some((part) => part !== "")) throw broken("ends in the middle of a line");
}

function decode(broken: Broken, work: () => string): string {
  try {
    return work();
  } catch (cause) {
    throw broken("is not UTF-8", cause);
  }
}

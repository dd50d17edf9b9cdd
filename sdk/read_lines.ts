/**
 * Lines out of bytes: UTF-8, every line ended by a line feed. Memory is bounded by a chunk or a line,
 * whichever is larger.
 *
 * @module
 */

/** Makes the error for bytes that are not lines, of words such as `ends in the middle of a line`. */
export type Broken = (how: string, cause?: unknown) => Error;

/**
 * The lines, without their line feeds, in arrays of as many as a chunk completes. A chunk may end
 * anywhere, in the middle of a character too.
 *
 * @throws what `broken` makes, when the bytes are not UTF-8, or end in the middle of a line.
 */
export async function* readLines(
  chunks: AsyncIterable<Uint8Array>,
  broken: Broken,
): AsyncIterable<string[]> {
  for await (const text of wholeLines(chunks, broken)) yield text.split("\n");
}

/** The same as texts of one whole line or several, without the line feed of the last. */
export async function* wholeLines(
  chunks: AsyncIterable<Uint8Array>,
  broken: Broken,
): AsyncIterable<string> {
  // A byte order mark is a character like any other here: nothing is dropped unseen.
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  // The beginning of a line not yet complete. Joined once, or a long line would cost its square.
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

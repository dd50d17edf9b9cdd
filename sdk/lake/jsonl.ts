/**
 * JSON Lines out of bytes: UTF-8, one JSON value per line, every line ended by a line feed. Memory is
 * bounded by a chunk or a line, whichever is larger.
 *
 * @module
 */
import { DamagedObjectError } from "../errors.ts";

/**
 * The lines of an object, without their line feeds, in arrays of as many as a chunk completes. A
 * chunk may end anywhere, in the middle of a character too. `name` is the object's, for errors.
 *
 * @throws {DamagedObjectError} when the bytes are not UTF-8, or end in the middle of a line.
 */
export async function* readLines(
  chunks: AsyncIterable<Uint8Array>,
  name: string,
): AsyncIterable<string[]> {
  for await (const text of wholeLines(chunks, name)) yield text.split("\n");
}

/**
 * The values of a JSONL object, in arrays of as many as a chunk completes. `name` is the object's,
 * for errors.
 *
 * @throws {DamagedObjectError} when the bytes are not UTF-8, end in the middle of a line, or hold a line that
 * is not one JSON value: the message names the object and the line.
 */
export async function* parseJsonl(
  chunks: AsyncIterable<Uint8Array>,
  name: string,
): AsyncIterable<unknown[]> {
  let lines = 0;
  for await (const text of wholeLines(chunks, name)) {
    const values = parseTogether(text) ?? parseEach(text, name, lines + 1);
    lines += values.length;
    yield values;
  }
}

/** Yields texts of one whole line or several, without the line feed of the last. */
async function* wholeLines(
  chunks: AsyncIterable<Uint8Array>,
  name: string,
): AsyncIterable<string> {
  // A byte order mark is a character like any other here: nothing is dropped unseen.
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  // The beginning of a line not yet complete. Joined once, or a long line would cost its square.
  let parts: string[] = [];
  for await (const chunk of chunks) {
    const text = decode(name, () => decoder.decode(chunk, { stream: true }));
    const end = text.lastIndexOf("\n");
    if (end < 0) {
      parts.push(text);
      continue;
    }
    parts.push(text.slice(0, end));
    yield parts.join("");
    parts = [text.slice(end + 1)];
  }
  parts.push(decode(name, () => decoder.decode()));
  if (parts.some((part) => part !== "")) throw damaged(name, "ends in the middle of a line");
}

function decode(name: string, work: () => string): string {
  try {
    return work();
  } catch (cause) {
    throw damaged(name, "is not UTF-8", cause);
  }
}

/**
 * Parses many lines at once, several times faster than one by one: JSON holds no raw line feed
 * inside a value's text, so line feeds can become the commas of an array. Null when the lines are
 * not each one value.
 */
function parseTogether(text: string): unknown[] | null {
  try {
    const values = JSON.parse(`[${text.replaceAll("\n", ",")}]`);
    // Two values on one line, or one value on two, would parse as well.
    return values.length === countLines(text) ? values : null;
  } catch {
    return null;
  }
}

function parseEach(text: string, name: string, firstLine: number): unknown[] {
  return text.split("\n").map((line, index) => {
    try {
      return JSON.parse(line);
    } catch (cause) {
      throw damaged(name, `has a line that is not JSON, number ${firstLine + index}`, cause);
    }
  });
}

function countLines(text: string): number {
  let lines = 1;
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) lines++;
  return lines;
}

function damaged(name: string, how: string, cause?: unknown): DamagedObjectError {
  return new DamagedObjectError(`${name} ${how}.`, {
    stage: "lake",
    next: "Bring the object back from a backup of the lake.",
    cause,
  });
}

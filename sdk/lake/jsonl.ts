/**
 * JSON Lines out of bytes: one JSON value per line, every line ended by a line feed.
 *
 * @module
 */
import { DamagedObjectError } from "../errors.ts";
import { type Broken, wholeLines } from "../read_lines.ts";

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
  for await (const text of wholeLines(chunks, brokenObject(name))) {
    const values = parseTogether(text) ?? parseEach(text, name, lines + 1);
    lines += values.length;
    yield values;
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
      throw brokenObject(name)(`has a line that is not JSON, number ${firstLine + index}`, cause);
    }
  });
}

function countLines(text: string): number {
  let lines = 1;
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) lines++;
  return lines;
}

/** What is thrown when the bytes of an object of the lake are not lines: its name, and how they are. */
export function brokenObject(name: string): Broken {
  return (how, cause) =>
    new DamagedObjectError(`${name} ${how}`, {
      stage: "lake",
      next: "bring the object back from a backup of the lake",
      cause,
    });
}

import { wholeLines } from "../read_lines.ts";
import { damagedObject } from "./damage.ts";

/**
 * Parses a JSONL object: one JSON value per line, every line ended by a line feed. Yields the values of
 * the lines that each chunk completes.
 *
 * @throws {DamagedObjectError} when the bytes are not UTF-8, end inside a line, or contain a line that is
 * not one JSON value. The message names the object and the line.
 */
export async function* parseJsonl(
  chunks: AsyncIterable<Uint8Array>,
  key: string,
): AsyncIterable<unknown[]> {
  let lines = 0;
  const damaged = (problem: string, cause?: unknown) => damagedObject(key, problem, cause);
  for await (const text of wholeLines(chunks, damaged)) {
    const values = parseTogether(text) ?? parseEach(text, key, lines + 1);
    lines += values.length;
    yield values;
  }
}

/**
 * Parses many lines at once, several times faster than one by one: JSON text contains no raw line feed
 * inside a value, so line feeds can become the commas of an array. Returns null unless every line is
 * one value.
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

function parseEach(text: string, key: string, firstLine: number): unknown[] {
  return text.split("\n").map((line, index) => {
    try {
      return JSON.parse(line);
    } catch (cause) {
      throw damagedObject(key, `has a line that is not JSON: line ${firstLine + index}`, cause);
    }
  });
}

function countLines(text: string): number {
  let lines = 1;
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) lines++;
  return lines;
}

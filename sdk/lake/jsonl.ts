import { readLines } from "../columns/read_lines.ts";
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
  let before = 0;
  const damaged = (problem: string, cause?: unknown) => damagedObject(key, problem, cause);
  for await (const lines of readLines(chunks, damaged)) {
    yield lines.map((line, place) => {
      try {
        return JSON.parse(line);
      } catch (cause) {
        throw damaged(`has a line that is not JSON: line ${before + place + 1}`, cause);
      }
    });
    before += lines.length;
  }
}

/**
 * The options that bench and comparison share.
 *
 * @module
 */

/** What to do with a result: print it for people or as JSON, or put it into the pages that quote it. */
export type Format = "text" | "json" | "write";

/**
 * Returns the format that flags ask for.
 *
 * @throws {TypeError} when they ask for two.
 */
export function formatOf({ json, write }: { json: boolean; write: boolean }): Format {
  if (json && write) throw new TypeError("--json or --write, not both");
  if (json) return "json";
  return write ? "write" : "text";
}

/**
 * Reads a whole number.
 *
 * @throws {TypeError} when it is none, or less than `least`.
 */
export function wholeNumber(option: string, text: string, least: number): number {
  const number = /^\d+$/.test(text) ? Number(text) : NaN;
  if (Number.isSafeInteger(number) && number >= least) return number;
  throw new TypeError(`${option} is a number from ${least} up`);
}

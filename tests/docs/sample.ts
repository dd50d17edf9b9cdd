/**
 * Compares the output that a page shows with the real one. Numbers, times and spacing differ from run to
 * run; words must not.
 *
 * @module
 */

const ELLIPSIS = "…";

/**
 * Returns the first line of a sample that the real output does not have, or undefined. Lines are found in
 * order. An ellipsis stands for any lines, or for any text within a line.
 */
export function missingLine(sample: readonly string[], output: string): string | undefined {
  const real = output.split(/[\n\r]/).map(shape);
  let from = 0;
  for (const line of sample) {
    const wanted = shape(line);
    if (wanted === "" || wanted === ELLIPSIS) continue;
    const found = real.findIndex((text, place) => place >= from && matches(wanted, text));
    if (found < 0) return line;
    from = found + 1;
  }
  return undefined;
}

function matches(sample: string, real: string): boolean {
  const parts = sample.split(ELLIPSIS).map((part) => part.trim());
  const pattern = parts.map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join(".*");
  return new RegExp(`^${pattern}$`).test(real);
}

/** Returns a line with everything replaced that differs from run to run. */
export function shape(line: string): string {
  return line
    // deno-lint-ignore no-control-regex
    .replace(/\x1b\[[\d;]*[A-Za-z]/g, "")
    .replace(/\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z|\+\d\d)?/g, "#time")
    .replace(/(?<!\d)\d\d:\d\d:\d\d(\.\d+)?/g, "#time")
    .replace(/(?<=[-.])[0-9a-f]{8}\b/g, "#")
    .replace(/\d{1,3}(?:[ ,\u00a0\u202f]\d{3}(?!\d))+(?:\.\d+)?|\d+(?:\.\d+)?/g, "#")
    .replace(/# (?:ms|s|min|h)\b/g, "#s")
    .replace(/#s(?: #s)*/g, "#s")
    // A plural after a number.
    .replace(/(# \p{L}+?)s\b/gu, "$1")
    .replace(/─+/g, "─")
    .replace(/\s+/g, " ")
    .trim();
}

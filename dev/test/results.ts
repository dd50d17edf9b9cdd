/**
 * Reads what `deno test` prints, and sums it up.
 *
 * @module
 */
import type { Seconds } from "./seconds.ts";

/** The results of one shard, or of several together. */
export interface Results {
  readonly passed: number;
  readonly failed: number;
  /** Names of the tests that were ignored. */
  readonly ignored: readonly string[];
  /** Modules in which a test failed. */
  readonly failures: readonly string[];
  /** What could not be tested on this machine: lines that begin with `note: `. */
  readonly notes: readonly string[];
  /** How long each module took. */
  readonly seconds: Seconds;
}

/** Ends the names of tests that are ignored without `--all`. */
export const ONLY_WITH_ALL = "(only with --all)";

const SUMMARY = /^(?:ok|FAILED) \| (\d+) passed.*? \| (\d+) failed/gm;
const MODULE = /^running \d+ tests? from \.\/(\S+)$/;
const IGNORED = /^(\S.*) \.\.\. ignored \(\d+ms\)$/;
const TIMED = /^\S.* (?:ok|FAILED) \((?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?\)$/;
const FAILURE = /^\S.* => \.\/(\S+):\d+:\d+$|^\.\/(\S+) \(uncaught error\)$/;

/** Returns the results that are in the output, or null when it was cut off before its summary. */
export function readResults(output: string): Results | null {
  const text = withoutColors(output);
  const end = [...text.matchAll(SUMMARY)].at(-1);
  if (!end) return null;
  const lines = text.split("\n");
  return {
    passed: Number(end[1]),
    failed: Number(end[2]),
    ignored: matches(lines, IGNORED),
    failures: [...new Set(matches(lines, FAILURE))],
    notes: [...new Set(lines.filter((line) => line.startsWith("note: ")))],
    seconds: secondsOf(lines),
  };
}

/** Returns the first group that is there, of every line that matches. */
function matches(lines: readonly string[], pattern: RegExp): string[] {
  return lines.flatMap((line) => pattern.exec(line)?.slice(1).find(Boolean) ?? []);
}

/** Adds up the times of the tests of each module. */
function secondsOf(lines: readonly string[]): Seconds {
  const seconds: Record<string, number> = {};
  let module: string | undefined;
  for (const line of lines) {
    module = MODULE.exec(line)?.[1] ?? module;
    if (module === undefined) continue;
    const [minutes, whole, thousandths] = TIMED.exec(line)?.slice(1).map(Number) ?? [];
    seconds[module] = (seconds[module] ?? 0) + (minutes || 0) * 60 + (whole || 0) +
      (thousandths || 0) / 1000;
  }
  return seconds;
}

/** Adds results up. */
export function sum(all: readonly Results[]): Results {
  return {
    passed: all.reduce((total, { passed }) => total + passed, 0),
    failed: all.reduce((total, { failed }) => total + failed, 0),
    ignored: all.flatMap(({ ignored }) => ignored),
    failures: all.flatMap(({ failures }) => failures),
    notes: [...new Set(all.flatMap(({ notes }) => notes))],
    seconds: Object.assign({}, ...all.map(({ seconds }) => seconds)),
  };
}

/**
 * Describes the results of a suite. `cut` are the modules of shards without results: one of them does
 * not compile or ended its process.
 */
export function summary(results: Results, cut: readonly string[], minutes: number): string {
  const left = results.ignored.filter((name) => name.endsWith(ONLY_WITH_ALL));
  const skipped = results.ignored.filter((name) => !name.endsWith(ONLY_WITH_ALL));
  const { passed, failed, ignored } = results;
  const counts = `${passed} passed | ${failed} failed | ${ignored.length} ignored`;
  const verdict = cut.length > 0
    ? "FAILED: some modules have no results"
    : `${failed > 0 ? "FAILED" : "ok"} | ${counts}`;
  return [
    ...results.notes,
    ...skipped.map((name) => `skipped: ${name}`),
    ...(left.length > 0
      ? [
        `${left.length === 1 ? "1 test runs" : `${left.length} tests run`} ${
          ONLY_WITH_ALL.slice(1, -1)
        }`,
      ]
      : []),
    ...results.failures.map((path) => `failed: ${path}`),
    ...cut.map((path) => `no results: ${path}`),
    `${verdict} (${minutes.toFixed(1)} min)`,
  ].join("\n");
}

function withoutColors(text: string): string {
  // deno-lint-ignore no-control-regex
  return text.replace(/\x1b\[[\d;]*m/g, "");
}

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
const MODULE = /^running \d+ tests? from (?:\.\/)?(\S+)$/;
const IGNORED = /^(\S.*) \.\.\. ignored \(\d+ms\)$/;
const TIMED = /^\S.* (?:ok|FAILED) \((?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?\)$/;
const FAILED = /^\S.* \.\.\. FAILED \(.*\)$/;
const CRASHED = /^(?:\.\/)?(\S+) \(uncaught error\)$/;

/** Returns the results that are in the output, or null when it was cut off before its summary. */
export function readResults(output: string): Results | null {
  const text = withoutColors(output);
  const end = [...text.matchAll(SUMMARY)].at(-1);
  if (!end) return null;
  const lines = text.split("\n");
  const modules = byModule(lines);
  return {
    passed: Number(end[1]),
    failed: Number(end[2]),
    ignored: matches(lines, IGNORED),
    failures: [
      ...modules.filter(({ lines }) => lines.some((line) => FAILED.test(line)))
        .map(({ path }) => path),
      ...matches(lines, CRASHED),
    ].filter(isFirst),
    notes: lines.filter((line) => line.startsWith("note: ")).filter(isFirst),
    seconds: Object.fromEntries(modules.map(({ path, lines }) => [path, secondsOf(lines)])),
  };
}

function byModule(lines: readonly string[]): { path: string; lines: string[] }[] {
  const modules: { path: string; lines: string[] }[] = [];
  for (const line of lines) {
    const path = MODULE.exec(line)?.[1];
    if (path !== undefined) modules.push({ path, lines: [] });
    else modules.at(-1)?.lines.push(line);
  }
  return modules;
}

function matches(lines: readonly string[], pattern: RegExp): string[] {
  return lines.flatMap((line) => pattern.exec(line)?.[1] ?? []);
}

function secondsOf(lines: readonly string[]): number {
  const times = lines.map((line) => TIMED.exec(line)?.slice(1).map((part) => Number(part ?? 0)));
  return times.reduce(
    (sum, [minutes, seconds, milliseconds] = [0, 0, 0]) =>
      sum + minutes * 60 + seconds + milliseconds / 1000,
    0,
  );
}

function isFirst<T>(value: T, place: number, all: readonly T[]): boolean {
  return all.indexOf(value) === place;
}

/** Adds results up. */
export function sum(all: readonly Results[]): Results {
  return {
    passed: all.reduce((total, { passed }) => total + passed, 0),
    failed: all.reduce((total, { failed }) => total + failed, 0),
    ignored: all.flatMap(({ ignored }) => ignored),
    failures: all.flatMap(({ failures }) => failures),
    notes: all.flatMap(({ notes }) => notes).filter(isFirst),
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
    ...(left.length > 0 ? [`${testsRun(left.length)} only with --all`] : []),
    ...results.failures.map((path) => `failed: ${path}`),
    ...cut.map((path) => `no results: ${path}`),
    `${verdict} (${minutes.toFixed(1)} min)`,
  ].join("\n");
}

function testsRun(count: number): string {
  return count === 1 ? "1 test runs" : `${count} tests run`;
}

function withoutColors(text: string): string {
  // deno-lint-ignore no-control-regex
  return text.replace(/\x1b\[[\d;]*m/g, "");
}

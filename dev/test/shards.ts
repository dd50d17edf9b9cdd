/**
 * Divides the test modules into shards: modules that one `deno test` runs.
 *
 * @module
 */
import type { Seconds } from "./seconds.ts";

/** Short modules share a process until they take this long together. */
const SHARD_SECONDS = 8;
/** What it takes to load a module. */
const LOADING_SECONDS = 0.2;
/** Estimates modules that were never timed. */
const LINES_PER_SECOND = 40;
const SLOW_SECONDS = 30;

/** Returns the test modules below a folder. */
export function testModules(folder: string): string[] {
  return [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }) => {
    const path = `${folder}/${name}`;
    if (isDirectory) return testModules(path);
    return name.endsWith("_test.ts") ? [path] : [];
  });
}

/** Divides modules into shards, the longest first: workers that take them in order finish together. */
export function shardsOf(modules: readonly string[], seconds: Seconds): string[][] {
  const timed = modules.map((path) => ({ path, seconds: seconds[path] ?? estimate(path) }));
  timed.sort((one, other) => other.seconds - one.seconds);
  const shards: string[][] = [];
  let room = 0;
  for (const module of timed) {
    const needed = module.seconds + LOADING_SECONDS;
    if (needed > room) {
      shards.push([]);
      room = SHARD_SECONDS;
    }
    shards.at(-1)!.push(module.path);
    room -= needed;
  }
  return shards;
}

function estimate(path: string): number {
  const text = Deno.readTextFileSync(path);
  return text.split("\n").length / LINES_PER_SECOND +
    (text.includes("slowTest") ? SLOW_SECONDS : 0);
}

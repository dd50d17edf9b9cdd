/**
 * How long the test modules took when they last ran on this machine.
 *
 * @module
 */
import { dirname, join } from "node:path";
import { cacheFolder } from "../cache_folder.ts";

/** Seconds by the path of a module. */
export type Seconds = Readonly<Record<string, number>>;

/** Returns the file that keeps them. Without its slow tests a module takes another time. */
export function secondsFileOf(all: boolean): string {
  return join(cacheFolder(), all ? "test_seconds_all.json" : "test_seconds.json");
}

/** Returns what {@linkcode writeSeconds} has written. */
export async function readSeconds(file: string): Promise<Seconds> {
  try {
    return JSON.parse(await Deno.readTextFile(file));
  } catch {
    // Without times the tests run in a worse order, and nothing else changes.
    return {};
  }
}

/** Writes the times of modules, and keeps those of others. */
export async function writeSeconds(file: string, seconds: Seconds): Promise<void> {
  await Deno.mkdir(dirname(file), { recursive: true });
  await Deno.writeTextFile(file, JSON.stringify({ ...await readSeconds(file), ...seconds }));
}

/**
 * How long the test modules took when they last ran on this machine.
 *
 * @module
 */
import { dirname, join } from "node:path";
import { cacheFolder } from "../cache_folder.ts";

/** Seconds by the path of a module. */
export type Seconds = Readonly<Record<string, number>>;

const FILE = join(cacheFolder(), "test_seconds.json");

/** Returns what {@linkcode rememberSeconds} has written. */
export async function readSeconds(): Promise<Seconds> {
  try {
    return JSON.parse(await Deno.readTextFile(FILE));
  } catch {
    // Without times the tests run in a worse order, and nothing else changes.
    return {};
  }
}

/** Writes the times of modules, and keeps those of others. */
export async function rememberSeconds(seconds: Seconds): Promise<void> {
  await Deno.mkdir(dirname(FILE), { recursive: true });
  await Deno.writeTextFile(FILE, JSON.stringify({ ...await readSeconds(), ...seconds }));
}

import { fileURLToPath } from "node:url";
import type { ObjectStore } from "../../sdk/lake/store.ts";

/** Ways to damage a file. */
export const DAMAGE: Readonly<Record<string, (path: string) => Promise<void>>> = {
  "a flipped bit": (path) => change(path, (bytes) => bytes[bytes.length >> 1] ^= 1),
  "a flipped bit at its end": (path) => change(path, (bytes) => bytes[bytes.length - 2] ^= 16),
  "its end cut off": async (path) => await Deno.truncate(path, (await Deno.stat(path)).size - 1),
  "no content": (path) => Deno.truncate(path, 0),
  "a missing file": (path) => Deno.remove(path),
};

/** Returns the file that holds an object of a zone. */
export function fileOf(store: ObjectStore, key: string): string {
  return fileURLToPath(`${store.url}/${key}`);
}

async function change(path: string, act: (bytes: Uint8Array) => void): Promise<void> {
  const bytes = await Deno.readFile(path);
  act(bytes);
  await Deno.writeFile(path, bytes);
}

/**
 * The folder to upload: a copy of the app's files without anything else, such as Terraform's state. A
 * copy also because `deno deploy` writes the app's name into deno.json.
 *
 * @module
 */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { copyAll } from "./files.ts";

/** The files and folders that the app needs. */
const BUNDLED = ["deno.json", "deno.lock", "functions", "schemas", "sdk"];

/** The app's main module. */
export const ENTRY_POINT = "functions/main.ts";

const ROOT = fileURLToPath(new URL("../", import.meta.url));

/** Copies the app's files to a new folder. */
export async function packBundle(dir: string): Promise<void> {
  await Deno.mkdir(dir);
  for (const name of BUNDLED) await copyAll(join(ROOT, name), join(dir, name));
}

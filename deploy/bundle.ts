/**
 * What is uploaded: a copy of what ships, and nothing that happens to lie beside it, such as Terraform's
 * state. In a copy it also does no harm that `deno deploy` writes the app's name into deno.json.
 *
 * @module
 */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { copyAll } from "./files.ts";

/** What runs in the app. */
const SHIPPED = ["deno.json", "deno.lock", "functions", "schemas", "sdk"];

/** The module that the app runs. */
export const ENTRY_POINT = "functions/main.ts";

const ROOT = fileURLToPath(new URL("../", import.meta.url));

/** Copies what ships into a folder that is not there yet. */
export async function packShipment(dir: string): Promise<void> {
  await Deno.mkdir(dir);
  for (const name of SHIPPED) await copyAll(join(ROOT, name), join(dir, name));
}

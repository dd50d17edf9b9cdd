/**
 * Writes the pages of docs/ that are generated from the code.
 *
 *     deno task docs
 *
 * @module
 */
import { pages } from "./docs/pages.ts";

const ROOT = new URL("../", import.meta.url);

async function main(): Promise<void> {
  for (const { path, render } of pages) {
    await Deno.writeTextFile(new URL(path, ROOT), render());
    console.log(`wrote ${path}`);
  }
}

if (import.meta.main) await main();

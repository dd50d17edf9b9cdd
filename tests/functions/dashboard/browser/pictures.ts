/**
 * Takes pictures of pages, for a person to look at:
 *
 *     PICTURES=/tmp/pictures deno task test tests/functions/dashboard/browser
 *
 * @module
 */
import { join } from "node:path";
import type { OpenPage, View } from "./browser.ts";

const FOLDER = Deno.env.get("PICTURES");

/** Writes a picture of the full page to the folder that PICTURES names. Does nothing without one. */
export async function photograph(
  open: Pick<OpenPage, "page">,
  name: string,
  { width, scheme }: View,
): Promise<void> {
  await write(open, `${name}-${width}-${scheme}.png`, true);
}

/** Writes a picture of what the window shows. */
export async function photographTop(open: Pick<OpenPage, "page">, name: string): Promise<void> {
  await write(open, `${name}.png`, false);
}

async function write({ page }: Pick<OpenPage, "page">, file: string, fullPage: boolean) {
  if (!FOLDER) return;
  const path = join(FOLDER, file);
  await page.screenshot({ path, fullPage, animations: "disabled", caret: "hide" });
}

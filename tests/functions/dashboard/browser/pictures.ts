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
  { page }: Pick<OpenPage, "page">,
  name: string,
  { width, scheme }: View,
): Promise<void> {
  if (!FOLDER) return;
  const path = join(FOLDER, `${name}-${width}-${scheme}.png`);
  await page.screenshot({ path, fullPage: true, animations: "disabled", caret: "hide" });
}

/**
 * Starts Chromium, which pages are tested in and photographed with. It stops with the process that
 * started it, even after `kill -9`: the pipe between the two closes.
 *
 * @module
 */
import { delimiter, join } from "node:path";
import type { Browser } from "playwright-core";

/** Why a test is skipped when there is none. */
export const CHROMIUM_MISSING =
  "Chromium is not installed: apt-get install chromium, or set CHROMIUM to a browser's program";

/** Features that send requests of their own, or that need a graphics card. */
const ARGUMENTS = [
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-gpu",
  "--disable-sync",
  "--no-first-run",
];

/** Returns the program that CHROMIUM names, or `chromium` on PATH; null when there is none. */
export function chromiumPath(environment: (name: string) => string | undefined): string | null {
  const named = environment("CHROMIUM");
  const folders = (environment("PATH") ?? "").split(delimiter).filter(Boolean);
  const places = named ? [named] : folders.map((folder) => join(folder, "chromium"));
  return places.find(isFile) ?? null;
}

/** Starts Chromium without a window. @throws {Error} when it is not installed. */
export async function startChromium(): Promise<Browser> {
  const executablePath = chromiumPath((name) => Deno.env.get(name));
  if (executablePath === null) throw new Error(CHROMIUM_MISSING);
  // Without it, the import reads a file of Windows in /proc, which needs every permission.
  Deno.env.set("__IS_WSL_TEST__", "1");
  const { chromium } = await import("playwright-core");
  // Playwright's handler of SIGTERM would keep this process alive.
  const signals = { handleSIGINT: false, handleSIGTERM: false, handleSIGHUP: false };
  return await chromium.launch({ executablePath, args: ARGUMENTS, ...signals });
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

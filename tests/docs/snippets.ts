/**
 * Type-checks and runs the TypeScript of pages, as a reader would who has the package.
 *
 * @module
 */
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { Page, Snippet } from "./page.ts";
import { imports, packageName } from "./tasks.ts";

const ROOT = resolve(import.meta.dirname!, "../..");
const url = (path: string) => pathToFileURL(join(ROOT, path)).href;
const SPECIFIERS: Readonly<Record<string, string>> = {
  [`"jsr:${packageName}/schemas"`]: JSON.stringify(url("schemas/mod.ts")),
  [`"jsr:${packageName}"`]: JSON.stringify(url("sdk/mod.ts")),
  [`"${packageName}/schemas"`]: JSON.stringify(url("schemas/mod.ts")),
  [`"${packageName}"`]: JSON.stringify(url("sdk/mod.ts")),
};

/** Type-checks the modules of pages. Returns what the compiler says, or undefined. */
export async function typeErrors(pages: readonly Page[], dir: string): Promise<string | undefined> {
  const files: string[] = [];
  for (const page of pages) {
    for (const snippet of page.code) files.push(await write(page, snippet, dir));
  }
  if (files.length === 0) return undefined;
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["check", "--quiet", "--config", join(ROOT, "deno.json"), ...files],
    cwd: ROOT,
    env: { NO_COLOR: "1" },
  }).output();
  return success ? undefined : new TextDecoder().decode(stderr);
}

/**
 * Runs a module of a page in this process, with these settings in its environment. A literal in a comment
 * after an expression is the value it must have.
 */
export async function runSnippet(
  page: Page,
  snippet: Snippet,
  dir: string,
  settings: Readonly<Record<string, string>>,
): Promise<void> {
  const text = snippet.text.replace(
    /^(?!const |let |\/\/)(\S.*); \/\/ ("[^"]*"|true|false|null|-?\d+)(?![^:,.\s]).*$/gm,
    "check($1, $2);",
  ) +
    `\nimport { assertEquals as check } from ${
      JSON.stringify(import.meta.resolve("@std/assert"))
    };`;
  const path = await write(page, { ...snippet, text }, dir);
  const before = Deno.env.toObject();
  const { log } = console;
  console.log = () => {};
  for (const [name, value] of Object.entries(settings)) Deno.env.set(name, value);
  try {
    await import(pathToFileURL(path).href);
  } finally {
    console.log = log;
    for (const name of Object.keys(settings)) Deno.env.delete(name);
    for (const [name, value] of Object.entries(before)) Deno.env.set(name, value);
  }
}

/** Writes a module whose lines are those of its page. */
async function write({ path }: Page, { line, text }: Snippet, dir: string): Promise<string> {
  let module = "\n".repeat(line - 1) + text;
  for (const [name, file] of Object.entries(SPECIFIERS)) module = module.replaceAll(name, file);
  // The version that deno.lock has, whatever the page says.
  module = module.replaceAll(
    /"npm:(@?[\w-]+(?:\/[\w-]+)?)@[^"]+"/g,
    (_, name) => JSON.stringify(imports[name]),
  );
  const file = join(dir, `${path.replaceAll("/", "_")}_${line}_${crypto.randomUUID()}.ts`);
  await Deno.writeTextFile(file, module);
  return file;
}

/**
 * Pages that quote the output of a command, between two comments:
 *
 *     <!-- output of deno task compare -->
 *     …
 *     <!-- end of output -->
 *
 * @module
 */
import { join } from "node:path";
import { ROOT } from "./etl_command.ts";

/** A quotation in a page. */
export interface Quotation {
  /** The page's path in the repository. */
  readonly path: string;
  /** The command, `deno task …`. */
  readonly command: string;
  /** The output, in Markdown. */
  readonly output: string;
}

const QUOTATION = /<!-- output of (deno task [^\n]*?) -->\n([\s\S]*?)\n?<!-- end of output -->/g;

/** Returns every quotation in README.md and docs/. */
export async function quotations(): Promise<Quotation[]> {
  const found: Quotation[] = [];
  for (const path of await pages()) {
    const text = await Deno.readTextFile(join(ROOT, path));
    for (const [, command, output] of text.matchAll(QUOTATION)) {
      found.push({ path, command, output: output.trim() });
    }
  }
  return found;
}

/**
 * Replaces the output of a command in every page that quotes it, and returns the pages.
 *
 * @throws {TypeError} when no page does.
 */
export async function quote(command: string, output: string): Promise<string[]> {
  const quoting = (await quotations()).filter((quotation) => quotation.command === command);
  const paths = [...new Set(quoting.map(({ path }) => path))];
  if (paths.length === 0) throw new TypeError(`no page quotes ${command}`);
  for (const path of paths) {
    const file = join(ROOT, path);
    await Deno.writeTextFile(file, withOutput(await Deno.readTextFile(file), command, output));
  }
  return paths;
}

/** Returns a page with another output of a command. */
export function withOutput(page: string, command: string, output: string): string {
  return page.replace(QUOTATION, (quotation, quoted) => {
    if (quoted !== command) return quotation;
    return `<!-- output of ${command} -->\n\n${output.trim()}\n\n<!-- end of output -->`;
  });
}

async function pages(): Promise<string[]> {
  const found = ["README.md"];
  for await (const { name } of Deno.readDir(join(ROOT, "docs"))) {
    if (name.endsWith(".md")) found.push(`docs/${name}`);
  }
  return found.sort();
}

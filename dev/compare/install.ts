/**
 * Installs Python packages into a cache folder of this user, a virtual environment for each tool.
 *
 * @module
 */
import { join } from "node:path";
import { cacheFolder } from "../cache_folder.ts";

/** A virtual environment, or why there is none. */
export type Installed = { readonly home: string } | { readonly missing: string };

/** Installs packages with exact versions from PyPI, unless they are there. Returns their environment. */
export async function install(packages: readonly string[]): Promise<Installed> {
  const home = join(cacheFolder(), "compare", packages[0].replaceAll(/[^\w.=-]+/g, "_"));
  const stamp = join(home, "packages.txt");
  const wanted = packages.join("\n");
  if (await Deno.readTextFile(stamp).catch(() => "") === wanted) return { home };
  console.error(`installing ${packages.join(", ")}, once…`);
  const failure = await failureOf("python3", "-m", "venv", "--clear", home) ??
    await failureOf(join(home, "bin", "pip"), "install", "--quiet", ...packages);
  if (failure) return { missing: failure };
  await Deno.writeTextFile(stamp, wanted);
  return { home };
}

async function failureOf(program: string, ...args: string[]): Promise<string | undefined> {
  try {
    const { success, stderr } = await new Deno.Command(program, {
      args,
      stdin: "null",
      stdout: "null",
    }).output();
    if (success) return undefined;
    const lines = new TextDecoder().decode(stderr).trim().split("\n");
    return lines.find((line) => line.startsWith("ERROR")) ?? lines.at(-1);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return `${program} is not installed`;
    throw error;
  }
}

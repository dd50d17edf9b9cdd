/**
 * Executes notebooks without a browser, in the kernel of the Deno that runs this.
 *
 * @module
 */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { findTool } from "../check/tools.ts";

/** A notebook, as its file has it. */
export interface Notebook {
  readonly cells: readonly Cell[];
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly nbformat: number;
  readonly nbformat_minor: number;
}

/** A cell of a notebook. A text can be an array of its lines. */
export interface Cell {
  readonly cell_type: "code" | "markdown";
  readonly source: string | readonly string[];
  readonly metadata: { readonly tags?: readonly string[] };
  readonly outputs?: readonly Output[];
}

/** What a cell of code showed. */
export interface Output {
  readonly output_type: "display_data" | "execute_result" | "stream" | "error";
  /** The content by media type. */
  readonly data?: Readonly<Record<string, string | readonly string[]>>;
  /** What was printed. */
  readonly text?: string | readonly string[];
}

const SCRIPT = fileURLToPath(new URL("execute.py", import.meta.url));

/** Returns the Python that has nbclient, or why there is none. */
export async function findPython(): Promise<
  { readonly python: string } | { readonly missing: string }
> {
  const found = await findTool("jupyter-execute", { install: false });
  return "folder" in found
    ? { python: join(found.folder, "python3") }
    : { missing: `nbclient is not installed: ${found.next}` };
}

/** Executes a notebook with these settings in its environment. @throws {Error} when a cell fails. */
export async function execute(
  path: string,
  python: string,
  settings: Readonly<Record<string, string>>,
): Promise<Notebook> {
  const kernels = await Deno.makeTempDir({ prefix: "totesys-kernels-" });
  try {
    const folder = join(kernels, "kernels", "deno");
    await Deno.mkdir(folder, { recursive: true });
    const argv = [Deno.execPath(), "jupyter", "--kernel", "--conn", "{connection_file}"];
    const spec = { argv, display_name: "Deno", language: "typescript" };
    await Deno.writeTextFile(join(folder, "kernel.json"), JSON.stringify(spec));
    const { success, stdout, stderr } = await new Deno.Command(python, {
      args: [SCRIPT, path],
      env: { ...settings, JUPYTER_PATH: kernels, NO_COLOR: "1" },
      stdin: "null",
    }).output();
    if (success) return JSON.parse(new TextDecoder().decode(stdout));
    throw new Error(`${path} failed:\n${new TextDecoder().decode(stderr)}`);
  } finally {
    await Deno.remove(kernels, { recursive: true });
  }
}

/** Returns a text of a notebook as one string. */
export function textOf(text: string | readonly string[]): string {
  return typeof text === "string" ? text : text.join("");
}

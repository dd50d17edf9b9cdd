/**
 * Runs a deno subcommand whose modules import `@std/…`, also where JSR cannot be reached.
 *
 *     deno run --allow-read --allow-run --allow-env dev/with_std.ts test tests/
 *
 * Deno itself is asked once whether it can supply the packages, from its cache or from JSR. If not, an
 * import map replaces them with the adapters in dev/offline/. deno.lock stays as it is.
 *
 * @module
 */

const CONFIG = new URL("../deno.json", import.meta.url);
const ADAPTERS: Readonly<Record<string, string>> = {
  "@std/assert": new URL("offline/assert.ts", import.meta.url).href,
};
/** Tells the launchers below this one what was found, so that only the first one asks. */
const VERDICT = "TOTESYS_STD";
const PATIENCE_MS = 3000;

type Imports = Record<string, string>;

/** Runs `deno <args>` with `@std` supplied, passes signals on, and returns its exit code. */
export async function withStd(args: readonly string[]): Promise<number> {
  const child = (await stdCommand(args)).spawn();
  const forget = passSignals(child);
  const { code } = await child.status;
  forget();
  return code;
}

/** Returns the command `deno <args>`, with `@std` supplied. */
export async function stdCommand(
  args: readonly string[],
  options: Deno.CommandOptions = {},
): Promise<Deno.Command> {
  const [subcommand = "help", ...rest] = args;
  const { imports } = JSON.parse(await Deno.readTextFile(CONFIG)) as { imports: Imports };
  const offline = !(await (verdict ??= stdIsAvailable(imports, subcommand)));
  return new Deno.Command(Deno.execPath(), {
    ...options,
    args: [subcommand, ...(offline ? [importMap(imports)] : []), ...rest],
    env: { ...options.env, [VERDICT]: offline ? "offline" : "jsr" },
  });
}

let verdict: Promise<boolean> | undefined;

async function stdIsAvailable(imports: Imports, subcommand: string): Promise<boolean> {
  const found = Deno.env.get(VERDICT);
  if (found) return found === "jsr";
  const packages = Object.keys(ADAPTERS).filter((name) => name in imports);
  const code = packages.map((name) => `import ${JSON.stringify(imports[name])};`).join("\n");
  const child = new Deno.Command(Deno.execPath(), {
    args: ["eval", "--no-config", "--no-lock", "--quiet", code],
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  const timer = setTimeout(() => child.kill("SIGKILL"), PATIENCE_MS);
  const { success } = await child.status;
  clearTimeout(timer);
  if (!success && (subcommand === "test" || subcommand === "check")) {
    console.error("note: JSR cannot be reached; dev/offline/ replaces @std/assert");
  }
  return success;
}

/** Returns an import map. It repeats the imports of deno.json, because it replaces them. */
function importMap(imports: Imports): string {
  const all: Imports = { ...imports, ...ADAPTERS };
  for (const [name, target] of Object.entries(imports)) {
    // deno.json resolves `name/sub/path` without an entry, an import map does not.
    if (target.startsWith("npm:")) all[`${name}/`] = target.replace("npm:", "npm:/") + "/";
  }
  return "--import-map=data:application/json," +
    encodeURIComponent(JSON.stringify({ imports: all }));
}

/** Passes signals on to a child until what it returns is called. */
export function passSignals(child: Deno.ChildProcess): () => void {
  const streams = [Deno.stdin, Deno.stdout, Deno.stderr];
  const onTerminal = streams.some((stream) => stream.isTerminal());
  const pass = (signal: Deno.Signal) => () => {
    try {
      child.kill(signal);
    } catch {
      // It has just ended; its exit code is on its way.
    }
  };
  // A terminal sends Ctrl-C to the child as well; a second one would cut its clean-up short.
  const interrupt = onTerminal ? () => {} : pass("SIGINT");
  const terminate = pass("SIGTERM");
  Deno.addSignalListener("SIGINT", interrupt);
  if (Deno.build.os !== "windows") Deno.addSignalListener("SIGTERM", terminate);
  return () => {
    Deno.removeSignalListener("SIGINT", interrupt);
    if (Deno.build.os !== "windows") Deno.removeSignalListener("SIGTERM", terminate);
  };
}

if (import.meta.main) Deno.exit(await withStd(Deno.args));

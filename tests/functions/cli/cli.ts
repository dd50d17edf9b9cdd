import { fileURLToPath } from "node:url";

const LAUNCHER = fileURLToPath(new URL("../../../dev/with_std.ts", import.meta.url));
const CLI = fileURLToPath(new URL("../../../functions/cli/etl.ts", import.meta.url));
const SETTINGS = ["SOURCE_URL", "WAREHOUSE_URL", "INGESTION_URL", "PROCESSED_URL"];

/** What a run of the command line came to. */
export interface Output {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The command line in a process of its own, with no settings but these. */
export function etlCommand(
  args: readonly string[],
  settings: Readonly<Record<string, string>> = {},
): Deno.Command {
  const nothing = Object.fromEntries(SETTINGS.map((name) => [name, ""]));
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", LAUNCHER, "run", "-A", CLI, ...args],
    env: { ...nothing, NO_COLOR: "1", ...settings },
    // A group of its own, so that the launcher and its child can be killed together.
    detached: true,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  });
}

/** Runs the command line to its end. */
export async function etl(
  args: readonly string[],
  settings: Readonly<Record<string, string>> = {},
): Promise<Output> {
  const { code, stdout, stderr } = await etlCommand(args, settings).output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

/** Kills a process of {@linkcode etlCommand}, and its launcher, as the kernel would. */
export function killHard(child: Deno.ChildProcess): void {
  try {
    Deno.kill(-child.pid, "SIGKILL");
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    // It has just ended by itself.
  }
}

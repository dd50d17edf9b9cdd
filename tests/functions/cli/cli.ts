import { fileURLToPath } from "node:url";
import { main } from "../../../functions/cli/etl.ts";
import type { Io } from "../../../functions/cli/io.ts";

const CLI = fileURLToPath(new URL("../../../functions/cli/etl.ts", import.meta.url));
const SETTINGS = ["SOURCE_URL", "WAREHOUSE_URL", "INGESTION_URL", "PROCESSED_URL"];

/** The output and exit code of a command. */
export interface Output {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The surroundings of a command. */
export interface Given {
  /** Whether standard input and output are a terminal. */
  readonly isTerminal?: boolean;
  /** The content of standard input. */
  readonly stdin?: string;
  /** Answers a prompt. */
  readonly answer?: () => Promise<string | null>;
  readonly noColor?: boolean;
}

/** Runs a command in this process, with these settings only. */
export async function etl(
  args: readonly string[],
  settings: Readonly<Record<string, string>> = {},
  given: Given = {},
): Promise<Output> {
  const { isTerminal = false, stdin = "", noColor = false } = given;
  const written = { stdout: "", stderr: "" };
  const output = (name: "stdout" | "stderr") => ({
    write: (text: string) => void (written[name] += text),
    isTerminal,
    columns: 80,
  });
  const io: Io = {
    env: (name) => settings[name],
    stdout: output("stdout"),
    stderr: output("stderr"),
    stdin: {
      isTerminal,
      read: () => Promise.resolve(stdin),
      ask: given.answer ?? (() => Promise.reject(new Error("no terminal"))),
    },
    noColor,
    onInterrupt: () => {},
  };
  const code = await main(args, io);
  return { code, ...written };
}

/** Returns a command in a process of its own, with these settings only. */
export function etlCommand(
  args: readonly string[],
  settings: Readonly<Record<string, string>> = {},
): Deno.Command {
  const nothing = Object.fromEntries(SETTINGS.map((name) => [name, ""]));
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", CLI, ...args],
    env: { ...nothing, NO_COLOR: "1", ...settings },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  });
}

/** Runs a command in a process of its own and waits for its end. */
export async function etlProcess(
  args: readonly string[],
  settings: Readonly<Record<string, string>> = {},
): Promise<Output> {
  const { code, stdout, stderr } = await etlCommand(args, settings).output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

/** Kills a process of {@linkcode etlCommand} with SIGKILL. */
export function killHard(child: Deno.ChildProcess): void {
  try {
    child.kill("SIGKILL");
  } catch (error) {
    // The process has just ended by itself.
    if (!(error instanceof TypeError)) throw error;
  }
}

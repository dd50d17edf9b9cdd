import { fileURLToPath } from "node:url";

const HOST = fileURLToPath(new URL("cron_host.ts", import.meta.url));

/** A line of the crons' log, or the list of their registrations. */
// deno-lint-ignore no-explicit-any
export type Line = any;

/** The outcome of running the crons. */
export interface Crons {
  readonly code: number;
  /** Their registrations. */
  readonly registered: Line;
  /** The lines of their log. */
  readonly lines: readonly Line[];
  /** All their output. */
  readonly said: string;
}

/** The crons of a pipeline in a process of its own, see cron_host.ts. They fetch no rates by default. */
export function cronCommand(settings: Readonly<Record<string, string>>): Deno.Command {
  return new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--allow-env",
      "--allow-read",
      "--allow-write",
      "--allow-net",
      "--allow-sys",
      HOST,
    ],
    env: { AWS_EC2_METADATA_DISABLED: "true", RATES_URL: "off", ...settings },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  });
}

/** Runs the crons once. */
export async function runCrons(settings: Readonly<Record<string, string>>): Promise<Crons> {
  return outcomeOf(await cronCommand(settings).output());
}

/** Returns the outcome of a process of {@linkcode cronCommand}. */
export function outcomeOf({ code, stdout, stderr }: Deno.CommandOutput): Crons {
  const decoder = new TextDecoder();
  const text = decoder.decode(stdout);
  const objects: Line[] = text.trim().split("\n").filter(Boolean).map((line) => JSON.parse(line));
  return {
    code,
    registered: objects.find(Array.isArray),
    lines: objects.filter((line) => !Array.isArray(line)),
    said: text + decoder.decode(stderr),
  };
}

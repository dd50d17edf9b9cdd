/**
 * Runs commands and measures them from outside: time, CPU and memory of all their processes.
 *
 * @module
 */
import { join } from "node:path";
import { killTree } from "../postgres/kill_tree.ts";

/** A command to measure. */
export interface MeasuredCommand {
  /** The program. */
  readonly command: string;
  /** Its arguments. */
  readonly args: readonly string[];
  /** Variables in addition to those of this process. */
  readonly env?: Readonly<Record<string, string>>;
  /** The folder to run it in. */
  readonly cwd?: string;
}

/** The cost of a command. */
export interface Cost {
  /** When it started, in milliseconds since the epoch. */
  readonly started_at: number;
  /** Milliseconds from its start to its end. */
  readonly elapsed_ms: number;
  /** CPU milliseconds of its processes. */
  readonly cpu_ms: number;
  /**
   * Peak memory of its processes together in bytes, sampled every 50 ms. Null without /proc. Pages that
   * processes share count for each of them.
   */
  readonly peak_rss: number | null;
  /** The exit code. */
  readonly code: number;
  /** What it printed. */
  readonly stdout: string;
  /** What it printed to stderr. */
  readonly stderr: string;
}

const SCRIPT = new URL("./measured.sh", import.meta.url);

/** Runs commands, and kills those that still run when it is disposed. */
export class CommandMeter implements AsyncDisposable {
  readonly #running = new Set<number>();

  /** Runs a command to its end. A failed command is no error: see {@linkcode Cost.code}. */
  async measure({ command, args, env, cwd }: MeasuredCommand): Promise<Cost> {
    const folder = await Deno.makeTempDir({ prefix: "totesys-measure-" });
    try {
      const report = join(folder, "report");
      const script = await Deno.readTextFile(SCRIPT);
      const shell = new Deno.Command("sh", {
        args: ["-c", script, "sh", report, command, ...args],
        env,
        cwd,
        stdin: "null",
        stdout: "piped",
        stderr: "piped",
      });
      const started = performance.now();
      const child = shell.spawn();
      this.#running.add(child.pid);
      const { code, stdout, stderr } = await child.output();
      const elapsed_ms = performance.now() - started;
      this.#running.delete(child.pid);
      return {
        started_at: performance.timeOrigin + started,
        elapsed_ms,
        ...parseReport(await Deno.readTextFile(report)),
        code,
        stdout: new TextDecoder().decode(stdout),
        stderr: new TextDecoder().decode(stderr),
      };
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  }

  /** Kills the commands that run. */
  async [Symbol.asyncDispose](): Promise<void> {
    // A command can end at this moment.
    await Promise.all([...this.#running].map((pid) => killTree(pid).catch(() => {})));
  }
}

function parseReport(report: string): Pick<Cost, "cpu_ms" | "peak_rss"> {
  const lines = report.split("\n").filter(Boolean);
  const ofCommand = lines.filter((line) => line.includes("m")).at(1) ?? "";
  const times = [...ofCommand.matchAll(/(\d+)m([\d.]+)s/g)];
  const cpu_ms = times.reduce((sum, [, m, s]) => sum + (Number(m) * 60 + Number(s)) * 1000, 0);
  const peaks_kb = lines.filter((line) => /^\d+$/.test(line)).map(Number);
  return { cpu_ms, peak_rss: peaks_kb.length > 0 ? Math.max(...peaks_kb) * 1024 : null };
}

/**
 * Starts the child processes of a storm and reads their reports.
 *
 * @module
 */

/** How to start a child process. */
export interface ChildOptions {
  /** The module to run, in this folder. */
  readonly module: string;
  /** The seeds, its arguments. */
  readonly seeds: readonly number[];
  /** Its permissions. */
  readonly permissions: readonly string[];
  /** Environment variables, added to this process's own. */
  readonly environment: Readonly<Record<string, string>>;
  /** Receives every line it prints. */
  readonly onLine?: (line: string) => void;
}

/** How a child ended. */
export interface End {
  /** Its exit code. */
  readonly code: number;
  /** The last lines of its standard error. */
  readonly stderr: string;
}

const STDERR_CHARACTERS = 4000;

/** A process that runs until it is killed or its input is closed. */
export class Child {
  readonly #process: Deno.ChildProcess;
  #stderr = "";
  /** Resolves when it has ended and its output was read. */
  readonly end: Promise<End>;

  /** Starts it. */
  constructor({ module, seeds, permissions, environment, onLine = () => {} }: ChildOptions) {
    const path = new URL(module, import.meta.url).pathname;
    this.#process = new Deno.Command(Deno.execPath(), {
      args: ["run", "--no-lock", "--no-prompt", ...permissions, path, ...seeds.map(String)],
      env: environment,
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.end = this.#listen(onLine);
  }

  /** Sends SIGKILL. */
  async kill(): Promise<End> {
    try {
      this.#process.kill("SIGKILL");
    } catch {
      // It has just ended by itself.
    }
    return await this.end;
  }

  /** Closes its input, and kills it if it does not end in time. */
  async stop(patience_ms: number): Promise<End> {
    await this.#process.stdin.close().catch(() => {}); // already ended
    const timer = setTimeout(() => this.kill(), patience_ms);
    return await this.end.finally(() => clearTimeout(timer));
  }

  async #listen(onLine: (line: string) => void): Promise<End> {
    const [{ code }] = await Promise.all([
      this.#process.status,
      eachLine(this.#process.stdout, onLine),
      eachLine(this.#process.stderr, (line) => {
        this.#stderr = `${this.#stderr}${line}\n`.slice(-STDERR_CHARACTERS);
      }),
    ]);
    await this.#process.stdin.close().catch(() => {});
    return { code, stderr: this.#stderr };
  }
}

/** Yields complete lines only: a killed process can leave a partial one, which is dropped. */
async function eachLine(
  bytes: ReadableStream<Uint8Array>,
  onLine: (line: string) => void,
): Promise<void> {
  let pending = "";
  for await (const text of bytes.pipeThrough(new TextDecoderStream() as never)) {
    const lines = (pending + text).split("\n");
    pending = lines.pop()!;
    lines.forEach(onLine);
  }
}

/** For a child: resolves when its parent closes its input or ends. */
export async function untilStopped(): Promise<void> {
  for await (const _ of Deno.stdin.readable) continue;
}

/**
 * A process of the storm, and how it hears from its parent.
 *
 * @module
 */

/** What a child process is started with. */
export interface ChildOptions {
  /** The module it runs, beside this one. */
  readonly module: string;
  /** Its arguments: seeds. */
  readonly seeds: readonly number[];
  /** What it may do. */
  readonly permissions: readonly string[];
  /** Its environment, added to this process's own. */
  readonly environment: Readonly<Record<string, string>>;
  /** Hears every line it prints. */
  readonly onLine?: (line: string) => void;
}

/** How a child ended. */
export interface End {
  /** Its exit code. */
  readonly code: number;
  /** The last it said on standard error. */
  readonly stderr: string;
}

const STDERR_CHARACTERS = 4000;

/** A process that runs until it is killed, or until it is told to stop by the end of its input. */
export class Child {
  readonly #process: Deno.ChildProcess;
  #stderr = "";
  /** Settles when it has ended and everything it said has been heard. */
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

  /** Ends it as `kill -9` does. */
  async kill(): Promise<End> {
    try {
      this.#process.kill("SIGKILL");
    } catch {
      // It ended by itself just now.
    }
    return await this.end;
  }

  /** Lets it finish what it is doing, and kills it when that takes longer. */
  async stop(patience_ms: number): Promise<End> {
    await this.#process.stdin.close().catch(() => {}); // gone already
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

/** Whole lines only: what a killed process had begun to say is dropped. */
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

/** For a child: settles when its parent lets it stop, or is gone. */
export async function untilStopped(): Promise<void> {
  for await (const _ of Deno.stdin.readable) continue;
}

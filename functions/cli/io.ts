/**
 * The input and output of the command line, so that a test can call it without a separate process.
 *
 * @module
 */

/** A stream that text is written to. */
export interface Output {
  /** Writes text as it is. */
  readonly write: (text: string) => void;
  /** Whether a person watches it. */
  readonly isTerminal: boolean;
  /** Characters in a line; 80 when nobody knows. */
  readonly columns: number;
}

/** The world around the command line. */
export interface Io {
  /** Returns an environment variable. */
  readonly env: (name: string) => string | undefined;
  readonly stdout: Output;
  readonly stderr: Output;
  readonly stdin: {
    readonly isTerminal: boolean;
    /** Reads everything up to the end of the stream. */
    readonly read: () => Promise<string>;
    /** Asks a person, without showing the answer. Returns null when the person gives none. */
    readonly ask: (question: string) => Promise<string | null>;
  };
  /** Whether `NO_COLOR` is set. */
  readonly noColor: boolean;
  /** Calls a listener when a person, or the system, asks the command to stop. */
  readonly onInterrupt: (listener: () => void) => void;
}

const COLUMNS = 80;

/** Returns this process's streams and environment. */
export function processIo(): Io {
  return {
    env: (name) => Deno.env.get(name),
    stdout: outputTo(Deno.stdout),
    stderr: outputTo(Deno.stderr),
    stdin: {
      isTerminal: Deno.stdin.isTerminal(),
      read: async () => await new Response(Deno.stdin.readable).text(),
      ask: askSecretly,
    },
    noColor: Deno.noColor,
    onInterrupt: (listener) => {
      Deno.addSignalListener("SIGINT", listener);
      if (Deno.build.os !== "windows") Deno.addSignalListener("SIGTERM", listener);
    },
  };
}

function outputTo(stream: typeof Deno.stdout | typeof Deno.stderr): Output {
  const encoder = new TextEncoder();
  const isTerminal = stream.isTerminal();
  return {
    write: (text) => {
      let bytes = encoder.encode(text);
      try {
        while (bytes.length > 0) bytes = bytes.subarray(stream.writeSync(bytes));
      } catch (error) {
        // The reader has closed the pipe, as `head` does. Nobody misses the rest.
        if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
      }
    },
    isTerminal,
    columns: (isTerminal && Deno.consoleSize().columns) || COLUMNS,
  };
}

/** The name is computed: JSR is contacted only when a person is asked, not at every start. */
const PROMPT_MODULE: string = ["@std/cli", "prompt-secret"].join("/");

async function askSecretly(question: string): Promise<string | null> {
  const { promptSecret } = await import(PROMPT_MODULE) as {
    promptSecret: (message: string) => string | null;
  };
  return promptSecret(question);
}

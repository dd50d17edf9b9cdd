/**
 * Runs command lines in a real shell whose programs are functions of the test: quoting, variables, loops
 * and here-documents are the shell's, and nothing on the machine is touched.
 *
 * @module
 */
import { join } from "node:path";
import type { Command } from "./page.ts";

/** A program that a command line starts. */
export interface Call {
  readonly program: string;
  readonly args: readonly string[];
  /** What the shell exports. */
  readonly environment: Readonly<Record<string, string>>;
  /** Standard input; empty unless something is piped in. */
  readonly stdin: string;
  /** The command line that it is part of. */
  readonly command: Command;
}

/** What a program comes to. */
export interface Answer {
  readonly code: number;
  readonly stdout?: string;
  readonly stderr?: string;
  /** Why the program was not run, if it was not. */
  readonly skipped?: string;
}

/** Runs a program. What it throws becomes a failure of the command line. */
export type Programs = (call: Call) => Promise<Answer>;

/** What a command line came to. */
export interface Outcome {
  readonly command: Command;
  /** The exit code; undefined when the shell stopped before. */
  readonly code: number | undefined;
  /** Standard output and standard error. */
  readonly output: string;
  /** Reasons of the programs that were not run. */
  readonly skipped: readonly string[];
  /** How many programs were run. */
  readonly calls: number;
  /** Failures of the programs' functions. */
  readonly failures: readonly string[];
}

/** Where and with what a shell starts. */
export interface ShellOptions {
  /** The working directory. */
  readonly cwd: string;
  /** The programs that exist. */
  readonly names: readonly string[];
  readonly programs: Programs;
  readonly environment: Readonly<Record<string, string>>;
}

/** Runs command lines in one shell, in order, also after one that fails. */
export async function runCommands(
  commands: readonly Command[],
  { cwd, names, programs, environment }: ShellOptions,
): Promise<Outcome[]> {
  const dir = await Deno.makeTempDir({ prefix: "totesys-shell-" });
  const records = commands.map(() => ({
    skipped: [] as string[],
    failures: [] as string[],
    calls: 0,
  }));
  using server = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const serving = serve(server, dir, async (place, call) => {
    const record = records[place];
    try {
      const answer = await programs({ ...call, command: commands[place] });
      if (answer.skipped === undefined) record.calls++;
      else record.skipped.push(answer.skipped);
      return answer;
    } catch (error) {
      record.failures.push(error instanceof Error ? error.message : String(error));
      return { code: 1 };
    }
  });
  try {
    const script = join(dir, "script");
    await Deno.writeTextFile(script, scriptOf(commands, names));
    const { stdout } = await new Deno.Command("bash", {
      args: ["--noprofile", "--norc", script],
      cwd,
      clearEnv: true,
      env: { ...environment, HOME: cwd, DOC_PORT: String(server.addr.port), DOC_DIR: dir },
      stdin: "null",
    }).output();
    return outcomes(new TextDecoder().decode(stdout), commands, records);
  } finally {
    server.close();
    await serving;
    await Deno.remove(dir, { recursive: true });
  }
}

/** Separates the output of commands. */
const MARK = "\x01";

function scriptOf(commands: readonly Command[], names: readonly string[]): string {
  const functions = names.map((name) => `${name}() { ask ${name} "$@"; }`).join("\n");
  const steps = commands.map(({ text }, place) =>
    `DOC_STEP=${place}; printf '${MARK}'\n${text}\nprintf '${MARK}%s' $?\n`
  );
  return `${PREAMBLE}\n${functions}\nexec 2>&1\nPATH=\n${steps.join("")}`;
}

/** Sends a call over a socket, and waits for its exit code. Its streams go through files. */
const PREAMBLE = String.raw`
CAT=$(command -v cat)
MKDIR=$(command -v mkdir)
cat() { "$CAT" "$@"; }
mkdir() { "$MKDIR" "$@"; }
ask() {
  local id=$RANDOM$RANDOM code name
  if [ -p /dev/stdin ]; then cat >"$DOC_DIR/$id.in"; else : >"$DOC_DIR/$id.in"; fi
  exec 3<>"/dev/tcp/127.0.0.1/$DOC_PORT"
  printf '%s\0' "$DOC_STEP" "$id" "$#" "$@" >&3
  for name in $(compgen -e); do printf '%s=%s\0' "$name" "${"${!name}"}" >&3; done
  printf '\0' >&3
  read -r code <&3
  exec 3>&-
  cat "$DOC_DIR/$id.err" >&2
  cat "$DOC_DIR/$id.out"
  return "$code"
}`;

type Handler = (place: number, call: Omit<Call, "command">) => Promise<Answer>;

async function serve(server: Deno.TcpListener, dir: string, handler: Handler): Promise<void> {
  const connections: Promise<void>[] = [];
  for await (const connection of server) connections.push(answer(connection, dir, handler));
  await Promise.all(connections);
}

async function answer(connection: Deno.TcpConn, dir: string, handler: Handler): Promise<void> {
  using _ = connection;
  const [place, id, count, ...words] = await readWords(connection);
  const [program, ...args] = words.slice(0, Number(count));
  const environment = Object.fromEntries(
    words.slice(Number(count)).map((pair) => pair.split(/=(.*)/s).slice(0, 2)),
  );
  const file = (kind: string) => join(dir, `${id}.${kind}`);
  const stdin = await Deno.readTextFile(file("in"));
  const { code, stdout, stderr } = await handler(Number(place), {
    program,
    args,
    environment,
    stdin,
  });
  await Deno.writeTextFile(file("out"), stdout ?? "");
  await Deno.writeTextFile(file("err"), stderr ?? "");
  await connection.write(new TextEncoder().encode(`${code}\n`));
}

/** Reads words that end with NUL, up to an empty one. Arguments can be empty: their number is known. */
async function readWords(connection: Deno.TcpConn): Promise<string[]> {
  const decoder = new TextDecoder();
  const buffer = new Uint8Array(65_536);
  let text = "";
  for (let size; (size = await connection.read(buffer)) !== null;) {
    text += decoder.decode(buffer.subarray(0, size), { stream: true });
    const words = text.split("\0");
    const end = words.indexOf("", 3 + Number(words[2] ?? 0));
    if (end >= 0 && end < words.length - 1) return words.slice(0, end);
  }
  throw new Error("the shell hung up");
}

function outcomes(
  stdout: string,
  commands: readonly Command[],
  records: readonly Omit<Outcome, "command" | "code" | "output">[],
): Outcome[] {
  // Per command: its output, then its exit code with what follows until the next command: nothing.
  const parts = stdout.split(MARK).slice(1);
  return commands.map((command, place) => {
    const code = parts[2 * place + 1];
    return {
      command,
      code: code === undefined ? undefined : Number(code),
      output: parts[2 * place] ?? stdout.slice(-500),
      ...records[place],
    };
  });
}

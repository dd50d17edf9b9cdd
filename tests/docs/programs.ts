/**
 * Runs the programs that a page's command line starts, against the installation.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { join, resolve } from "node:path";
import postgres from "postgres";
import { ONLY_WITH_ALL } from "../../dev/test/results.ts";
import { QUICK } from "../support/slow.ts";
import { checkedPrograms } from "./checked_programs.ts";
import { etl } from "./etl.ts";
import type { Installation } from "./installation.ts";
import type { Answer, Call, Programs } from "./shell.ts";
import { checkAssignments, checkTask } from "./tasks.ts";

const ROOT = resolve(import.meta.dirname!, "../..");

/** Programs that run against an installation, and check their arguments where they cannot. */
export function runningPrograms(installation: Installation): Programs {
  return async (call) => {
    const { program, args } = call;
    const words = program === "npx" ? args.slice(1) : [program, ...args];
    if (program === "psql") return await runPsql(call, installation);
    if (program === "git") return await pretendGit(call);
    if (program === "deno" && args[0] === "serve") return await serve(args.slice(1), installation);
    checkAssignments(call.command.text);
    const [task, ...rest] = words.slice(0, 2).join(" ") === "deno task" ? words.slice(2) : [];
    if (task === "etl") return await runEtl({ ...call, program: "etl", args: rest }, installation);
    if (task === "demo" && call.command.output.length > 0) return await runDemo(rest);
    return await checkedPrograms(call);
  };
}

async function runEtl(
  call: Call,
  installation: Installation,
): Promise<Answer> {
  const { args, environment, stdin } = call;
  // Of the shell's own variables nothing is a setting.
  const settings = Object.entries(environment).filter(([name]) =>
    !/^(DOC_|HOME|PWD|OLDPWD|SHLVL|_$)/.test(name)
  );
  const real: Record<string, string> = {};
  for (const [name, value] of settings) real[name] = await installation.real(value);
  const realArgs: string[] = [];
  for (const arg of args) realArgs.push(await installation.real(arg));
  const { code, stdout, stderr } = await etl(realArgs, real, {
    stdin: await installation.real(stdin),
  });
  // A sentence can name a command, and leave its options out.
  const isName = call.command.isInline && args.length <= 1;
  if (isName && code === 2) return await checkedPrograms(call);
  return {
    code,
    stdout: installation.documented(stdout),
    stderr: installation.documented(stderr),
  };
}

/** Where a clone is, a page changes into its folder. */
async function pretendGit(call: Call): Promise<Answer> {
  const [subcommand, url] = call.args;
  const name = /([^/]+?)(?:\.git)?$/.exec(url ?? "")?.[1];
  if (subcommand === "clone" && name) {
    await Deno.mkdir(join(call.environment.PWD, name, "terraform"), { recursive: true });
  }
  return await checkedPrograms(call);
}

/** Starts the crons with the flags of a page, and ends them when they listen. */
async function serve(args: readonly string[], installation: Installation): Promise<Answer> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["serve", "--host=127.0.0.1", "--port=0", ...args],
    cwd: ROOT,
    env: { ...await installation.settings(), NO_COLOR: "1" },
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  let stderr = "";
  for await (const text of child.stderr.pipeThrough(new TextDecoderStream())) {
    stderr += text;
    if (!stderr.includes("Listening on")) continue;
    child.kill("SIGINT");
  }
  const { code } = await child.status;
  return { code, stderr };
}

/** Orders in a demo whose page does not say how many. */
const DEMO_ROWS = 300;

async function runDemo(args: readonly string[]): Promise<Answer> {
  await checkTask("demo", args);
  if (QUICK) return { code: 0, skipped: ONLY_WITH_ALL.slice(1, -1) };
  const size = args.includes("--rows") ? [] : ["--rows", String(DEMO_ROWS)];
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["task", "demo", ...args, ...size],
    cwd: ROOT,
    env: { NO_COLOR: "1" },
    stdin: "null",
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

async function runPsql({ args }: Call, installation: Installation): Promise<Answer> {
  const [url, flag, statement, ...rest] = args;
  assertEquals([flag, rest.length], ["-c", 0], "psql is called as: psql URL -c STATEMENT");
  const sql = postgres(await installation.real(url), { max: 1, onnotice: () => {} });
  try {
    const rows = await sql.unsafe(statement);
    return { code: 0, stdout: rows.map((row) => Object.values(row).join(" | ")).join("\n") };
  } finally {
    await sql.end();
  }
}

import { assert, assertEquals } from "@std/assert";
import { join } from "node:path";
import { commandEntries } from "../../../functions/cli/command_table.ts";
import { SHELLS } from "../../../functions/cli/commands/program_commands.ts";
import { completionScript } from "../../../functions/cli/completions.ts";
import { temporaryFolder } from "../../lake/temporary_folder.ts";

async function run(program: string, args: string[], env = {}): Promise<string> {
  const { stdout, stderr } = await new Deno.Command(program, { args, env, stdin: "null" }).output();
  return new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
}

/** Returns bash's completions of the last word of a line. */
async function completions(script: string, line: string): Promise<string[]> {
  const words = line.split(" ").map((word) => `'${word}'`).join(" ");
  const code = `. '${script}'; . '${script}'; COMP_WORDS=(${words})
COMP_CWORD=$((\${#COMP_WORDS[@]} - 1)); _etl; printf '%s\\n' "\${COMPREPLY[@]}"`;
  return (await run("bash", ["--noprofile", "--norc", "-c", code])).trim().split("\n");
}

Deno.test("the completions of bash offer commands, options and values where they fit", async () => {
  await using folder = await temporaryFolder();
  const script = join(folder.path, "etl.bash");
  await Deno.writeTextFile(script, completionScript("bash"));
  const expected: [string, string[]][] = [
    ["etl st", ["status"]],
    ["etl --json st", ["status"]],
    ["etl quarantine ", ["list", "show", "retry"]],
    ["etl quarantine show --w", ["--warehouse-url"]],
    ["etl replay --in", ["--into", "--into-env", "--ingestion-url"]],
    ["etl replay --into ", [""]],
    ["etl --color ", ["auto", "always", "never"]],
    ["etl --color always ver", ["verify"]],
    ["etl completions ", [...SHELLS]],
    ["etl help sett", ["settings"]],
  ];
  for (const [line, words] of expected) assertEquals(await completions(script, line), words, line);
  const names = new Set(commandEntries().map(([name]) => name.split(" ")[0]));
  assertEquals(new Set(await completions(script, "etl ")), names);
});

Deno.test("the scripts of all shells define etl, unless it exists", async () => {
  await using folder = await temporaryFolder();
  const bin = join(folder.path, "deno");
  await Deno.writeTextFile(bin, '#!/bin/sh\necho "$@"\n', { mode: 0o755 });
  let found = 0;
  for (const shell of SHELLS) {
    const script = join(folder.path, `etl.${shell}`);
    await Deno.writeTextFile(script, completionScript(shell));
    const load = shell === "zsh" ? `compdef() { :; }; . '${script}'` : `. '${script}'`;
    const env = { PATH: `${folder.path}:${Deno.env.get("PATH")}`, HOME: folder.path };
    const output = await run(shell, ["-c", `${load}; etl run --json`], env).catch((error) => {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
      // Shells other than bash are optional.
    });
    if (output === undefined) continue;
    found++;
    const config = join(import.meta.dirname!, "../../../deno.json");
    assertEquals(output, `task --quiet --config ${config} etl run --json\n`, shell);
  }
  assert(found > 0);
});

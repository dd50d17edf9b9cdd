/** The guide for contributors works: its files and edits are applied to a copy, and its commands run. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { dirname, join, resolve } from "node:path";
import { temporaryFolder } from "./lake/temporary_folder.ts";
import { slowTest } from "./support/slow.ts";

const ROOT = resolve(import.meta.dirname!, "..");
const GUIDE = Deno.readTextFileSync(join(ROOT, ".github/CONTRIBUTING.md"));

interface Block {
  readonly language: string;
  /** The file that the block creates or edits. */
  readonly file: string;
  readonly text: string;
}

/** Returns the code blocks of one section of the guide. */
function blocks(section: string): Block[] {
  const start = GUIDE.indexOf(`## ${section}\n`);
  assert(start >= 0, `the guide has no section ${section}`);
  const end = GUIDE.indexOf("\n## ", start);
  return [
    ...GUIDE.slice(start, end < 0 ? undefined : end)
      .matchAll(/^```(\w+) ?(\S*)\n([\s\S]*?)^```$/gm),
  ].map(([, language, file, text]) => ({ language, file, text }));
}

/** Returns the arguments of the guide's `deno` commands. */
function commands(section: string): string[][] {
  return blocks(section).filter(({ language }) => language === "console").flatMap(({ text }) =>
    [...text.matchAll(/^\$ deno (.+)$/gm)].map(([, args]) => args.split(" "))
  );
}

/** Returns the files of the repository that git does not ignore, from the root. */
async function repositoryFiles(): Promise<string[]> {
  const { stdout } = await new Deno.Command("git", {
    args: ["ls-files", "--cached", "--others", "--exclude-standard"],
    cwd: ROOT,
  }).output();
  return new TextDecoder().decode(stdout).trim().split("\n");
}

async function copyRepository(to: string): Promise<void> {
  for (const file of await repositoryFiles()) {
    await Deno.mkdir(dirname(join(to, file)), { recursive: true });
    await Deno.copyFile(join(ROOT, file), join(to, file));
  }
}

/** Creates the file of a block, or makes its edit where the context is: in one place only. */
async function apply({ language, file, text }: Block, root: string): Promise<void> {
  const path = join(root, file);
  if (language === "ts") {
    await Deno.mkdir(dirname(path), { recursive: true });
    return await Deno.writeTextFile(path, text, { createNew: true });
  }
  const lines = text.split("\n").slice(0, -1);
  const before = lines.filter((line) => line.startsWith(" ")).map((line) => line.slice(1));
  const context = "\n" + before.join("\n") + "\n";
  const code = await Deno.readTextFile(path);
  const full = "\n" + code;
  assertEquals(full.split(context).length - 1, 1, `${file} has this once: ${context}`);
  const after = "\n" + lines.map((line) => line.slice(1)).join("\n") + "\n";
  await Deno.writeTextFile(path, full.replace(context, () => after).slice(1));
}

async function run(args: readonly string[], cwd: string): Promise<string> {
  // The code of the copy must not count as covered code of this repository.
  const { DENO_COVERAGE_DIR: _, ...env } = Deno.env.toObject();
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [...args],
    cwd,
    stdin: "null",
    clearEnv: true,
    env: { ...env, NO_COLOR: "1" },
  }).output();
  const output = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes)).join("");
  assert(success, `deno ${args.join(" ")}\n${output}`);
  return output;
}

const name = "a contributor who follows the guide adds tables that reach the warehouse";
slowTest({ name, fn: followGuide });

async function followGuide(): Promise<void> {
  await using folder = await temporaryFolder();
  await copyRepository(folder.path);
  const steps = ["Add a source table", "Add a warehouse table"];
  for (const block of steps.flatMap(blocks)) {
    if (block.file !== "") await apply(block, folder.path);
  }
  const outputs: string[] = [];
  for (const args of steps.flatMap(commands)) outputs.push(await run(args, folder.path));
  const [docs, check, test, demo] = outputs;
  assertStringIncludes(docs, "wrote docs/catalogue.md");
  assertMatch(check, /^checks: \d+ passed, 0 failed, 0 skipped$/m);
  assertMatch(test, /ok \| [1-9]\d* passed \| 0 failed/);
  assertMatch(demo, /^dim_carrier +2 +2 +0$/m);
}

Deno.test("the guide's commands run single tests", async () => {
  for (const args of commands("Run the tests").filter((args) => args[1] === "test")) {
    assertMatch(await run(args, ROOT), /ok \| [1-9]\d* passed \| 0 failed/, args.join(" "));
  }
});

Deno.test("the guide describes every folder", async () => {
  const files = await repositoryFiles();
  const folders = new Set(
    files.filter((file) => /^[^.].*\//.test(file)).map((file) => file.split("/")[0]),
  );
  const described = [...GUIDE.matchAll(/^\| `(\w+)\/`/gm)].map(([, name]) => name);
  assertEquals([...described].sort(), [...folders].sort());
});

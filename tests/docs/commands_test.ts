/** What the pages tell their readers to run works: commands, SQL and code. */
import { assert, assertEquals } from "@std/assert";
import { join, resolve } from "node:path";
import { temporaryFolder } from "../lake/temporary_folder.ts";
import { ADDRESSES, type Installation, type Scene, startInstallation } from "./installation.ts";
import { type Command, isComplete, type Page, readPage } from "./page.ts";
import { checkedPrograms, PROGRAM_NAMES, runningPrograms } from "./programs.ts";
import { missingLine } from "./sample.ts";
import { type Outcome, runCommands } from "./shell.ts";
import { runSnippet, typeErrors } from "./snippets.ts";

const ROOT = resolve(import.meta.dirname!, "../..");

/** What happened before, on pages that speak of trouble. Other pages start from a healthy pipeline. */
const THEN: Readonly<Record<string, string>> = {
  "docs/quarantine.md":
    "UPDATE sales_order SET agreed_payment_date = '2022-02-30' WHERE sales_order_id = 2",
};

/** Pages that are being rewritten. */
const PENDING = ["README.md"];

const PAGES = ["README.md", ...markdown("docs"), ...markdown(".github")]
  .filter((path) => !PENDING.includes(path)).map((path) =>
    readPage(path, Deno.readTextFileSync(join(ROOT, path)))
  );

function markdown(folder: string): string[] {
  return [...Deno.readDirSync(join(ROOT, folder))].map(({ name }) => `${folder}/${name}`)
    .filter((path) => path.endsWith(".md")).sort();
}

/** Pages whose commands are no sequence: examples that tests/functions/cli/ runs one by one. */
const ALTERNATIVES = ["docs/cli.md"];

/** The empty database that pages replay into. */
const TARGET_URL = "postgres://loader:secret@db.example.com:5432/warehouse_2";

/** A page that begins with the first run begins with nothing; the others, after it. */
function sceneOf({ path, commands }: Page): Scene {
  const first = commands.find(({ text }) => text.startsWith("deno task etl "));
  return { hasRun: !first?.text.startsWith("deno task etl run"), then: THEN[path] };
}

Deno.test("every page runs as it is written", async (t) => {
  await using installation = await startInstallation();
  for (const page of PAGES) {
    await t.step(page.path, async (t) => {
      await installation.set(sceneOf(page));
      await runAll(t, page, installation);
      await runSql(t, page, installation);
      await runCode(t, page, installation);
    });
  }
});

/** Commands within sentences of the pages so far. Each is run once. */
const sentences = new Set<string>();

/** Runs the commands of a page in one shell: those of its blocks, then those within its sentences. */
async function runAll(t: Deno.TestContext, page: Page, installation: Installation): Promise<void> {
  await using folder = await workingFolder();
  const running = runningPrograms(installation);
  const isReference = ALTERNATIVES.includes(page.path);
  const isKnown = ({ isInline, text }: Command) => isInline && (isReference || sentences.has(text));
  const outcomes = await runCommands([...page.commands, ...page.inline], {
    cwd: folder.path,
    names: PROGRAM_NAMES,
    programs: (call) => (isKnown(call.command) ? checkedPrograms : running)(call),
    environment: environmentOf(page),
  });
  if (!isReference) { for (const { text } of page.inline) sentences.add(text); }
  for (const outcome of outcomes.slice(0, page.commands.length)) {
    const { command: { line, text }, skipped, calls } = outcome;
    const problem = problemOf(outcome);
    const isIgnored = problem === undefined && calls === 0 && skipped.length > 0;
    const why = isIgnored ? ` (${skipped[0]})` : "";
    await t.step({
      name: `${page.path}:${line} ${text.split("\n")[0]}${why}`,
      ignore: isIgnored,
      fn: () => assert(problem === undefined, problem),
    });
  }
  const problems = outcomes.slice(page.commands.length).flatMap((outcome) => {
    const { command: { line, text } } = outcome;
    const problem = problemOf(outcome);
    return problem === undefined ? [] : [`${page.path}:${line} ${text}: ${problem}`];
  });
  await t.step("commands within sentences", () => assertEquals(problems, []));
}

/** What the reader of a page has exported before, unless the page says so itself. */
function environmentOf({ commands, inline }: Page): Record<string, string> {
  const setsAddresses = commands.some(({ text }) => text.includes("export SOURCE_URL="));
  const variables = [...commands, ...inline].flatMap(({ text }) =>
    [...text.matchAll(/\$(\w+)/g)].map(([, name]) => [name, "value"])
  );
  return { ...Object.fromEntries(variables), TARGET_URL, ...(setsAddresses ? {} : ADDRESSES) };
}

/** Returns what differs from what the page promises, or undefined. */
function problemOf(
  { command, code, output, skipped, calls, failures }: Outcome,
): string | undefined {
  if (failures.length > 0) return failures.join("\n");
  if (code !== command.code) return `exit code ${code} instead of ${command.code}:\n${output}`;
  if (calls === 0 && skipped.length > 0) return undefined;
  const missing = missingLine(command.output, output);
  return missing === undefined ? undefined : `the output has no line "${missing}":\n${output}`;
}

/** A folder that commands can write to, with what a clone has in it. */
async function workingFolder() {
  const folder = await temporaryFolder();
  await Deno.mkdir(join(folder.path, "terraform"));
  return folder;
}

async function runSql(t: Deno.TestContext, page: Page, installation: Installation): Promise<void> {
  for (const { line, text } of page.sql) {
    await t.step(`${page.path}:${line} SQL`, () => installation.execute(text));
  }
}

async function runCode(t: Deno.TestContext, page: Page, installation: Installation): Promise<void> {
  await using folder = await temporaryFolder();
  for (const { line, text } of page.code) {
    await t.step(`${page.path}:${line} TypeScript`, async () => {
      const snippet = { line, text: await installation.real(text) };
      await runSnippet(page, snippet, folder.path, await installation.settings());
    });
  }
}

Deno.test("the TypeScript of every page type-checks", async () => {
  await using folder = await temporaryFolder();
  assertEquals(await typeErrors(PAGES, folder.path), undefined);
});

Deno.test("every block of a page that could hold commands has a rule", () => {
  assert(PAGES.flatMap(({ commands }) => commands).length > 20);
  assertEquals(PAGES.flatMap(({ problems }) => problems), []);
});

Deno.test("readPage() finds commands, their output and their exit code", () => {
  const page = readPage(
    "a.md",
    [
      "Run `deno task\n etl run`, or `a` and `deno task etl …`.",
      "",
      "- <!-- exit code 1 -->",
      "  ```console",
      "  $ export A=1  # one",
      "  $ deno task etl \\",
      "      verify",
      "  different",
      "  ```",
    ].join("\n").replace("- <", "  <"),
  );
  assertEquals(page.inline.map(({ line, text }) => [line, text]), [[1, "deno task etl run"]]);
  assertEquals(page.commands, [
    { line: 6, text: "export A=1  # one", output: [], code: 0, isInline: false },
    {
      line: 7,
      text: "deno task etl \\\n    verify",
      output: ["different"],
      code: 1,
      isInline: false,
    },
  ]);
});

Deno.test("readPage() reports blocks of commands that no test would run", () => {
  const page = readPage("a.md", "```sh\nls\n```\n\n```\ndeno task etl run\n```\n");
  assertEquals(page.problems, [
    'a.md:2: no rule for a block of sh; commands go into a block of console, after "$ "',
    'a.md:6: put "$ " before the command',
  ]);
});

Deno.test("isComplete() waits for the rest of a command as a shell does", () => {
  for (const text of ["a \\", "a 'b", 'a "b', "cat <<END\nEN", "a '{\n"]) {
    assertEquals(isComplete(text), false, text);
  }
  for (const text of ["a 'b' \"c's\"", "cat >a <<END\nb\nEND", "a # don't", "a \\\n b"]) {
    assertEquals(isComplete(text), true, text);
  }
});

Deno.test("missingLine() ignores numbers, times and spacing, and no words", () => {
  const output = "loaded  1 row up to commit 1 in 404 ms.\nok: 2026-01-01T00:00:00Z\n";
  assertEquals(
    missingLine(["…", "loaded 22 015 rows up to commit 3 in 1.1 s."], output),
    undefined,
  );
  assertEquals(missingLine(["loaded …", "ok: 2027-02-02T01:00:00.123456Z"], output), undefined);
  assertEquals(missingLine(["ok: …", "loaded …"], output), "loaded …");
  assertEquals(missingLine(["read 1 row …"], output), "read 1 row …");
});

Deno.test("a program without a rule fails its command line, and others continue", async () => {
  await using folder = await temporaryFolder();
  const lines = [
    "false-friend --now",
    "known 'a b' \"\" | known",
    "exit_code=$(known c); echo $exit_code",
  ];
  const outcomes = await runCommands(
    lines.map((text, line) => ({ line, text, output: [], code: 0, isInline: false })),
    {
      cwd: folder.path,
      names: ["known"],
      programs: ({ args, stdin }) =>
        Promise.resolve({ code: 0, stdout: `${JSON.stringify(args)}${stdin}` }),
      environment: {},
    },
  );
  assertEquals(outcomes.map(({ code, calls }) => [code, calls]), [[127, 0], [0, 2], [0, 1]]);
  assertEquals(outcomes[1].output, '[]["a b",""]');
  assertEquals(outcomes[2].output, '["c"]\n');
});

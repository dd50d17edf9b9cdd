/** What the pages tell their readers to run works: commands, SQL and code. */
import { assert, assertEquals } from "@std/assert";
import { join, resolve } from "node:path";
import { SETTINGS } from "../../functions/settings/table.ts";
import { temporaryFolder } from "../lake/temporary_folder.ts";
import { ADDRESSES, type Installation, type Scenario, startInstallation } from "./installation.ts";
import { type Command, type Page, readPage } from "./page.ts";
import { checkedPrograms, PROGRAM_NAMES } from "./checked_programs.ts";
import { runningPrograms } from "./programs.ts";
import { missingLine } from "./sample.ts";
import { type Outcome, runCommands } from "./shell.ts";
import { runSnippet, typeErrors } from "./snippets.ts";

const ROOT = resolve(import.meta.dirname!, "../..");

/** What happened before, on pages that speak of trouble. Other pages start from a healthy pipeline. */
const THEN: Readonly<Record<string, string>> = {
  "docs/quarantine.md":
    "UPDATE sales_order SET agreed_payment_date = '2022-02-30' WHERE sales_order_id = 2",
};

const PAGES = ["README.md", ...markdown("docs"), ...markdown(".github")]
  .map((path) => readPage(path, Deno.readTextFileSync(join(ROOT, path))));

function markdown(folder: string): string[] {
  return [...Deno.readDirSync(join(ROOT, folder))].map(({ name }) => `${folder}/${name}`)
    .filter((path) => path.endsWith(".md")).sort();
}

/** Pages whose commands are no sequence: examples that tests/functions/cli/ runs one by one. */
const ALTERNATIVES = ["docs/cli.md"];

/** Pages whose queries need every source: tests/derive/catalogue_test.ts runs them. */
const NEED_EVERY_SOURCE = ["docs/catalogue.md"];

/** The empty database that pages replay into. */
const TARGET_URL = "postgres://loader:secret@db.example.com:5432/warehouse_2";

/** Rates that need no network. */
const RATES_URL = SETTINGS.RATES_URL.example;

/** A page that begins with the first run begins with nothing; the others, after it. */
function scenarioOf({ path, commands }: Page): Scenario {
  const first = commands.find(({ text }) => text.startsWith("deno task etl "));
  return { hasRun: !first?.text.startsWith("deno task etl run"), then: THEN[path] };
}

Deno.test("every page runs as it is written", async (t) => {
  await using installation = await startInstallation();
  for (const page of PAGES) {
    await t.step(page.path, async (t) => {
      await installation.set(scenarioOf(page));
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
  for (const { text } of isReference ? [] : page.inline) sentences.add(text);
  const blocks = outcomes.slice(0, page.commands.length);
  for (const outcome of blocks) await reportStep(t, page, outcome);
  const problems = outcomes.slice(blocks.length).flatMap((outcome) => {
    const { command: { line, text } } = outcome;
    const problem = problemOf(outcome);
    return problem === undefined ? [] : [`${page.path}:${line} ${text}: ${problem}`];
  });
  await t.step("commands within sentences", () => assertEquals(problems, []));
}

/** Reports what a command came to, as a step of the test. One that was only checked is ignored. */
async function reportStep(t: Deno.TestContext, { path }: Page, outcome: Outcome): Promise<void> {
  const { command: { line, text }, skipped, calls } = outcome;
  const problem = problemOf(outcome);
  const isIgnored = problem === undefined && calls === 0 && skipped.length > 0;
  const why = isIgnored ? ` (${skipped[0]})` : "";
  await t.step({
    name: `${path}:${line} ${text.split("\n")[0]}${why}`,
    ignore: isIgnored,
    fn: () => assert(problem === undefined, problem),
  });
}

/** What the reader of a page has exported before, unless the page says so itself. */
function environmentOf({ commands, inline }: Page): Record<string, string> {
  const setsAddresses = commands.some(({ text }) => text.includes("export SOURCE_URL="));
  const variables = [...commands, ...inline].flatMap(({ text }) =>
    [...text.matchAll(/\$(\w+)/g)].map(([, name]) => [name, "value"])
  );
  return {
    ...Object.fromEntries(variables),
    TARGET_URL,
    RATES_URL,
    ...(setsAddresses ? {} : ADDRESSES),
  };
}

/** The exit code of a shell that does not find a program. */
const NOT_FOUND = 127;

/** Returns what differs from what the page promises, or undefined. */
function problemOf(
  { command, code, output, skipped, calls, failures }: Outcome,
): string | undefined {
  if (failures.length > 0) return failures.join("\n");
  if (code === NOT_FOUND) return `a program without a rule in tests/docs/:\n${output}`;
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
  if (NEED_EVERY_SOURCE.includes(page.path)) return;
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

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { belowThreshold, removeEmptyFiles, totals } from "../../dev/check/coverage.ts";
import { type Gate, GATES } from "../../dev/check/gates.ts";
import { type Outcome, runGates, summary } from "../../dev/check/run.ts";
import { findTool } from "../../dev/check/tools.ts";
import { temporaryFolder } from "../lake/temporary_folder.ts";

const DENO = Deno.execPath();
const PASSES: Gate = { what: "passes", command: [DENO, "eval", "0"] };
const FAILS: Gate = {
  what: "fails",
  command: [DENO, "eval", "console.error('the cause'); Deno.exit(3)"],
};

/** Runs gates where no scanner is installed, and returns what they print. */
async function run(gates: Record<string, Gate>): Promise<{ outcomes: Outcome[]; printed: string }> {
  const lines: unknown[] = [];
  const { log } = console;
  console.log = (line: unknown) => lines.push(line);
  try {
    const nowhere = join(Deno.cwd(), "nowhere");
    const options = { cwd: Deno.cwd(), install: false, path: nowhere, cache: nowhere };
    return { outcomes: await runGates(gates, options), printed: lines.join("\n") };
  } finally {
    console.log = log;
  }
}

Deno.test("a failed check does not stop the others, and the summary lists every failure", async () => {
  const { outcomes, printed } = await run({ one: FAILS, two: PASSES, three: FAILS });
  assertEquals(outcomes.map(({ state }) => state), ["failed", "passed", "failed"]);
  assertMatch(printed, /^the cause\nFAILED +one: fails \(\d+\.\d s\)\nok +two: passes/);
  assertEquals(
    summary(outcomes),
    "FAILED  one. next: deno task check --only one\n" +
      "FAILED  three. next: deno task check --only three\n" +
      "checks: 1 passed, 2 failed, 0 skipped",
  );
});

Deno.test("a check whose program is missing is skipped, with the reason and the next step", async () => {
  const { outcomes } = await run({
    scan: { ...PASSES, needs: "gitleaks" },
    test: { ...PASSES, wants: ["terraform"] },
  });
  assertEquals(outcomes.map(({ state }) => state), ["skipped", "passed"]);
  assertEquals(
    summary(outcomes, ["tests"]),
    "skipped scan: gitleaks is not installed. next: deno task check --install\n" +
      "partly  test: terraform is not installed. " +
      "next: install it: https://developer.hashicorp.com/terraform/install\n" +
      "not run tests. next: deno task check\n" +
      "checks: 1 passed, 0 failed, 1 skipped",
  );
});

Deno.test("a check that cannot reach its service is skipped, and fails for any other reason", async () => {
  const unavailable = { output: /the cause/, reason: "no network", next: "get one" };
  const other = { ...unavailable, output: /another/ };
  const { outcomes } = await run({
    one: { ...FAILS, unavailable },
    two: { ...FAILS, unavailable: other },
  });
  assertEquals(outcomes.map(({ state, reason }) => [state, reason]), [
    ["skipped", "no network"],
    ["failed", undefined],
  ]);
});

Deno.test("a program is found on PATH, or where --install puts it", async () => {
  await using folder = await temporaryFolder();
  const cache = join(folder.path, "cache");
  const home = join(cache, "zizmor==1.32.0", "bin");
  const search = { install: false, path: join(folder.path, "path"), cache };
  assertEquals("missing" in await findTool("zizmor", search), true);
  await Deno.mkdir(home, { recursive: true });
  await Deno.writeTextFile(join(home, "zizmor"), "");
  assertEquals(await findTool("zizmor", search), { folder: home });
  await Deno.mkdir(search.path);
  await Deno.writeTextFile(join(search.path, "zizmor"), "");
  assertEquals(await findTool("zizmor", search), { folder: search.path });
});

Deno.test("a package of Debian is installed with apt-get, and found on PATH", async () => {
  await using folder = await temporaryFolder();
  const bin = join(folder.path, "bin");
  await Deno.mkdir(bin);
  const search = { install: false, path: bin, cache: join(folder.path, "cache") };
  assertEquals(await findTool("chromium", search), {
    missing: "chromium is not installed",
    next: "deno task check --install",
  });
  await Deno.writeTextFile(join(bin, "chromium"), "");
  assertEquals(await findTool("chromium", search), { folder: bin });
});

Deno.test("coverage below a threshold is named", () => {
  const report = (branches: string) =>
    "| File      | Branch % | Function % | Line % |\n| a.ts | 1.0 | 1.0 | 1.0 |\n" +
    `| \x1b[32mAll files\x1b[0m | \x1b[33m    ${branches}\x1b[0m |      99.0 |   99.0 |\n`;
  assertEquals(totals(report("99.0")), { branches: 99, functions: 99, lines: 99 });
  assertEquals(belowThreshold(totals(report("99.0"))!), []);
  assertMatch(belowThreshold(totals(report("50.5"))!).join(), /^branches: 50.5 %, at least \d+ %$/);
  assertEquals(totals("no table"), null);
});

Deno.test("deno task check refuses unknown flags and checks, and lists the checks", async () => {
  const check = async (...args: string[]) => {
    const { code, stdout, stderr } = await new Deno.Command(DENO, {
      args: ["run", "--allow-read", "--allow-env", "dev/check.ts", ...args],
    }).output();
    return {
      code,
      text: [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes)).join(""),
    };
  };
  const unknown = await check("--only", "spelling");
  assertEquals(unknown.code, 2);
  assertStringIncludes(unknown.text, "there is no check called spelling");
  assertEquals((await check("--fast")).code, 2);
  const help = await check("--help");
  assertEquals(help.code, 0);
  for (const name of Object.keys(GATES)) assertStringIncludes(help.text, `  ${name} `);
});

Deno.test("every accepted weakness of terraform/ has its reason", async () => {
  const { reasons, failed_checks } = JSON.parse(
    await Deno.readTextFile(".github/checkov_baseline.json"),
  ) as {
    reasons: Record<string, string>;
    failed_checks: { findings: { check_ids: string[] }[] }[];
  };
  const ids = failed_checks.flatMap(({ findings }) =>
    findings.flatMap(({ check_ids }) => check_ids)
  );
  assertEquals(Object.keys(reasons).sort(), [...new Set(ids)].sort());
  for (const reason of Object.values(reasons)) assert(reason.length > 20, reason);
});

Deno.test("coverage data that a killed process left empty is removed", async () => {
  const folder = await Deno.makeTempDir();
  await Deno.mkdir(`${folder}/1`);
  await Deno.writeTextFile(`${folder}/1/whole.json`, "{}");
  await Deno.writeTextFile(`${folder}/1/empty.json`, "");
  await removeEmptyFiles(folder);
  const left = [...Deno.readDirSync(`${folder}/1`)].map(({ name }) => name);
  assertEquals(left, ["whole.json"]);
  await Deno.remove(folder, { recursive: true });
});

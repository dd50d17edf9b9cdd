import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join, resolve } from "node:path";
import { readSeconds } from "../../../dev/test/seconds.ts";
import { runSuite } from "../../../dev/test/suite.ts";
import { temporaryFolder } from "../../lake/temporary_folder.ts";

const SLOW = resolve(import.meta.dirname!, "../../support/slow.ts");

const MODULES = {
  "good_test.ts": `Deno.test("good", () => {
    if (Deno.env.get("TEST_SERVER") !== "there") throw new Error("no server");
  });`,
  "bad_test.ts": `Deno.test("bad", () => { console.log("a clue"); throw new Error("no"); });`,
  "slow_test.ts": `import { slowTest } from "file://${SLOW}";
    slowTest("slow", () => Promise.resolve());`,
  "broken_test.ts": `import "./missing.ts";`,
};

/** Runs a suite of these modules. Returns whether they passed, what was printed, and the shards' times. */
async function run(names: readonly (keyof typeof MODULES)[], all = false, flags: string[] = []) {
  await using folder = await temporaryFolder();
  for (const name of names) await Deno.writeTextFile(join(folder.path, name), MODULES[name]);
  const printed: string[] = [];
  const secondsFile = join(folder.path, "cache/seconds.json");
  const success = await runSuite({
    folder: folder.path,
    all,
    flags: flags.map((flag) => flag.replace("FOLDER", folder.path)),
    start: () =>
      Promise.resolve({
        environment: { TEST_SERVER: "there" },
        [Symbol.asyncDispose]: () => Promise.resolve(),
      }),
    secondsFile,
    print: (text) => printed.push(text),
  });
  const times = Object.keys(await readSeconds(secondsFile)).length;
  const left = [...Deno.readDirSync(folder.path)].map(({ name }) => name);
  return { success, text: printed.join("\n"), summary: printed.at(-1)!, times, left };
}

Deno.test("runSuite() shows the whole output of a failed module, and counts all modules", async () => {
  const { success, text, summary, times } = await run(["good_test.ts", "bad_test.ts"]);
  assert(!success);
  assertStringIncludes(text, "a clue");
  assertMatch(summary, /^failed: \S*bad_test\.ts$/m);
  assertMatch(summary, /^FAILED \| 1 passed \| 1 failed \| 0 ignored \(\d+\.\d min\)$/m);
  assertEquals(times, 2);
});

Deno.test("runSuite() runs slow tests only when all are wanted, and counts those it leaves out", async () => {
  const quick = await run(["good_test.ts", "slow_test.ts"]);
  assert(quick.success);
  assertMatch(quick.text, /^ok {5}\S+good_test\.ts \(\d\.\d s\)$/m);
  assertMatch(quick.summary, /^1 test runs only with --all\nok \| 1 passed .* \| 1 ignored/);
  const full = await run(["good_test.ts", "slow_test.ts"], true);
  assertMatch(full.summary, /^ok \| 2 passed \| 0 failed \| 0 ignored/);
});

Deno.test("runSuite() fails when a module does not load", async () => {
  const { success, summary } = await run(["good_test.ts", "broken_test.ts"]);
  assert(!success);
  assertMatch(summary, /^no results: .*broken_test\.ts$/m);
  assertMatch(summary, /^FAILED: some modules have no results/m);
});

Deno.test("runSuite() writes the coverage of each shard to a folder of its own", async () => {
  const { success, left } = await run(["good_test.ts"], false, ["--coverage=FOLDER/coverage"]);
  assert(success);
  assert(left.includes("coverage"));
});

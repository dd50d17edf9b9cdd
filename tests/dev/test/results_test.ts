import { assertEquals } from "@std/assert";
import { readResults, type Results, sum, summary } from "../../../dev/test/results.ts";

const OUTPUT = `note: terraform is not installed
\x1b[38;5;245mrunning 3 tests from ./tests/a_test.ts\x1b[0m
put() refuses a key ... \x1b[32mok\x1b[0m (1m2s)
a storm (only with --all) ... ignored (0ms)
put() writes ...
------- output -------
ok | 7 passed | 0 failed (9s)
----- output end -----
  a step ... ok (900ms)
put() writes ... FAILED (30ms)
running 1 test from ./tests/b_test.ts
deploy() needs Terraform ... ignored (0ms)
note: terraform is not installed

 ERRORS

put() writes => ./tests/a_case.ts:3:6
error: Error: no

 FAILURES

put() writes => ./tests/a_case.ts:3:6
./tests/b_test.ts (uncaught error)

FAILED | 1 passed (1 step) | 2 failed | 2 ignored (1m3s)
`;

const RESULTS: Results = {
  passed: 1,
  failed: 2,
  ignored: ["a storm (only with --all)", "deploy() needs Terraform"],
  failures: ["tests/a_test.ts", "tests/b_test.ts"],
  notes: ["note: terraform is not installed"],
  seconds: { "tests/a_test.ts": 62.03, "tests/b_test.ts": 0 },
};

Deno.test("readResults() returns counts, ignored tests, failed modules, notes and times", () => {
  assertEquals(readResults(OUTPUT), RESULTS);
});

Deno.test("readResults() returns null for a run without a summary", () => {
  assertEquals(readResults("error: Module not found\n"), null);
});

Deno.test("sum() adds results up and repeats no note", () => {
  const other = { ...RESULTS, failed: 0, failures: [], seconds: { "tests/c_test.ts": 1 } };
  const total = sum([RESULTS, other]);
  assertEquals([total.passed, total.failed, total.ignored.length], [2, 2, 4]);
  assertEquals(total.notes, RESULTS.notes);
  assertEquals(Object.keys(total.seconds).length, 3);
});

Deno.test("summary() names what was left out, then what failed, and ends with the counts", () => {
  assertEquals(
    summary(RESULTS, [], 3.21),
    `note: terraform is not installed
skipped: deploy() needs Terraform
1 test runs only with --all
failed: tests/a_test.ts
failed: tests/b_test.ts
FAILED | 1 passed | 2 failed | 2 ignored (3.2 min)`,
  );
  const passed = { ...RESULTS, failed: 0, ignored: [], failures: [], notes: [] };
  assertEquals(summary(passed, [], 1), "ok | 1 passed | 0 failed | 0 ignored (1.0 min)");
});

Deno.test("summary() fails when a shard has no results", () => {
  const passed = { ...RESULTS, failed: 0, ignored: [], failures: [], notes: [] };
  assertEquals(
    summary(passed, ["tests/d_test.ts"], 1),
    "no results: tests/d_test.ts\nFAILED: some modules have no results (1.0 min)",
  );
});

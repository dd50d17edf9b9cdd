/** .ci/run, with a `deno` that prints what a run of `deno task check` prints. */
import { assertEquals } from "@std/assert";
import { join, resolve } from "node:path";
import { temporaryFolder } from "../lake/temporary_folder.ts";

const CI_RUN = resolve(import.meta.dirname!, "../../.ci/run");

async function lastLine(output: string, code: number): Promise<[string | undefined, number]> {
  await using folder = await temporaryFolder();
  await Deno.writeTextFile(join(folder.path, "output"), output);
  const stub = `#!/bin/sh\necho "called with: $*"\ncat ${folder.path}/output\necho\nexit ${code}\n`;
  await Deno.writeTextFile(join(folder.path, "deno"), stub, { mode: 0o755 });
  const run = await new Deno.Command("bash", {
    args: [CI_RUN],
    env: { PATH: `${folder.path}:${Deno.env.get("PATH")}` },
    stderr: "inherit",
  }).output();
  return [new TextDecoder().decode(run.stdout).trim().split("\n").at(-1), run.code];
}

Deno.test(".ci/run ends with the number of tests that passed, and of tests and checks that failed", async () => {
  const tests =
    "ok | 612 passed | 0 failed | 3 ignored (8.1 min)\nok      tests: every test passes\n";
  assertEquals(
    await lastLine(`ok      lint: fine\n${tests}checks: 2 passed, 0 failed, 0 skipped`, 0),
    [
      "612 passed, 0 failed",
      0,
    ],
  );
  const checks =
    "\nFAILED  lint. next: x\nFAILED  workflow-security. next: x\nchecks: 1 passed, 2 failed, 0 skipped";
  assertEquals(await lastLine(`FAILED  lint: bad\n${tests}${checks}`, 1), [
    "612 passed, 2 failed",
    1,
  ]);
  const failing = "FAILED | 600 passed (3 steps) | 12 failed (1 step) | 3 ignored (8.1 min)\n" +
    "FAILED  tests: every test passes\n\nFAILED  tests. next: x\nchecks: 1 passed, 1 failed, 0 skipped";
  assertEquals(await lastLine(failing, 1), ["600 passed, 12 failed", 1]);
  assertEquals(await lastLine(tests, 130), ["612 passed, 1 failed", 1]);
  assertEquals(await lastLine("FAILED: a module does not compile (0.1 min)\n", 1), [
    "0 passed, 1 failed",
    1,
  ]);
  assertEquals(await lastLine("error: cannot start\n", 2), ["0 passed, 1 failed", 1]);
});

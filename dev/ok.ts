/**
 * What must hold before a commit, tests aside. One line per gate; the first failure ends it.
 *
 * @module
 */
const ENTRY_POINTS = ["sdk/mod.ts", "schemas/mod.ts"];
const WITH_STD = ["run", "--allow-read", "--allow-env", "--allow-run", "dev/with_std.ts"];

const GATES: Readonly<Record<string, readonly string[]>> = {
  "formatted": ["fmt", "--check"],
  "lint-free": ["lint"],
  "type-checked": [...WITH_STD, "check"],
  "documented": ["doc", "--lint", ...ENTRY_POINTS],
  "publishable": ["publish", "--dry-run", "--allow-dirty"],
  "well structured": [...WITH_STD, "test", "--allow-read", "tests/structure_test.ts"],
};

async function passes(args: readonly string[]): Promise<boolean> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [...args],
    cwd: new URL("../", import.meta.url),
    stdin: "null",
  }).output();
  if (!success) {
    await Deno.stderr.write(stdout);
    await Deno.stderr.write(stderr);
  }
  return success;
}

async function main(): Promise<number> {
  for (const [quality, args] of Object.entries(GATES)) {
    const started = performance.now();
    const success = await passes(args);
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    console.log(`${success ? "ok    " : "FAILED"} ${quality} (${seconds} s)`);
    if (!success) return 1;
  }
  return 0;
}

if (import.meta.main) Deno.exit(await main());

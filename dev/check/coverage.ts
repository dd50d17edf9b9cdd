/**
 * Prints how much of what ships the tests cover, and fails below the thresholds.
 *
 *     deno run --allow-run --allow-read dev/check/coverage.ts coverage
 *
 * The thresholds are here and not in deno.json, because `deno test --coverage` would apply those to
 * every shard by itself.
 *
 * @module
 */

/** The columns of the report's last line, and the least percentage of each. */
const THRESHOLDS = { branches: 94, functions: 95, lines: 97 } as const;
const SHIPPED = "/(deploy|functions|schemas|sdk)/";

/** Returns what is below its threshold, from the report of `deno coverage`. */
export function shortfalls(report: string): string[] {
  const total = /^\W*All files\W*\|([^\n]*)\|\s*$/m.exec(withoutColours(report));
  if (!total) return ["the report has no line for all files"];
  const percentages = total[1].split("|").map(Number);
  return Object.entries(THRESHOLDS).flatMap(([metric, least], place) =>
    percentages[place] >= least ? [] : [`${metric}: ${percentages[place]} %, at least ${least} %`]
  );
}

function withoutColours(text: string): string {
  // deno-lint-ignore no-control-regex
  return text.replace(/\x1b\[[\d;]*m/g, "");
}

async function main(folder: string): Promise<number> {
  const { success, stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["coverage", folder, `--include=${SHIPPED}`, "--exclude=/tests/"],
    stdin: "null",
    stderr: "inherit",
  }).output();
  const report = new TextDecoder().decode(stdout);
  console.log(report);
  if (!success) return 1;
  const below = shortfalls(report);
  for (const shortfall of below) console.error(`too little coverage of ${shortfall}`);
  return below.length === 0 ? 0 : 1;
}

if (import.meta.main) Deno.exit(await main(Deno.args[0] ?? "coverage"));

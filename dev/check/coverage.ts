/**
 * Prints how much of what ships the tests cover, and fails below the thresholds.
 *
 *     deno run --allow-run --allow-read --allow-write=coverage dev/check/coverage.ts coverage
 *
 * The thresholds are here and not in deno.json, because `deno test --coverage` would apply those to
 * every shard by itself.
 *
 * @module
 */

/** The columns of the report, and the least percentage of each. */
const THRESHOLDS = { branches: 94, functions: 97, lines: 97 } as const;
const SHIPPED = ["deploy", "functions", "schemas", "sdk"];
/** The root of the repository, as a regular expression. */
const ROOT = new URL("../../", import.meta.url).href.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");

/** Returns the percentages of all files together, from the report of `deno coverage`. */
export function totals(report: string): Record<string, number> | null {
  const total = /^\W*All files\W*\|([^\n]*)\|\s*$/m.exec(withoutColors(report));
  if (!total) return null;
  const percentages = total[1].split("|").map(Number);
  return Object.fromEntries(Object.keys(THRESHOLDS).map((metric, i) => [metric, percentages[i]]));
}

/** Returns what is below its threshold. */
export function belowThreshold(totals: Readonly<Record<string, number>>): string[] {
  return Object.entries(THRESHOLDS).flatMap(([metric, least]) =>
    totals[metric] >= least ? [] : [`${metric}: ${totals[metric]} %, at least ${least} %`]
  );
}

function withoutColors(text: string): string {
  // deno-lint-ignore no-control-regex
  return text.replace(/\x1b\[[\d;]*m/g, "");
}

/**
 * Removes the files below a folder that are empty: a process that a test killed while it wrote its data
 * leaves one, and `deno coverage` would fail.
 */
export async function removeEmptyFiles(folder: string): Promise<void> {
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = `${folder}/${name}`;
    if (isDirectory) await removeEmptyFiles(path);
    else if ((await Deno.stat(path)).size === 0) await Deno.remove(path);
  }
}

async function main(folder: string): Promise<number> {
  await removeEmptyFiles(folder);
  const { success, stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["coverage", folder, ...SHIPPED.map((path) => `--include=^${ROOT}${path}/`)],
    stdin: "null",
    stderr: "inherit",
  }).output();
  const report = new TextDecoder().decode(stdout);
  const found = success ? totals(report) : null;
  const below = found ? belowThreshold(found) : ["there is no report"];
  if (below.length > 0) {
    console.log(report);
    for (const shortfall of below) console.error(`too little coverage: ${shortfall}`);
    return 1;
  }
  const listed = Object.entries(found!).map(([metric, percentage]) => `${metric} ${percentage} %`);
  console.log(`covered: ${listed.join(", ")}`);
  return 0;
}

if (import.meta.main) Deno.exit(await main(Deno.args[0] ?? "coverage"));

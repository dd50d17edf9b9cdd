import { assert, assertEquals, assertThrows } from "@std/assert";
import { readBenchOptions, SCENARIOS } from "../../dev/bench/options.ts";
import type { benchRecord } from "../../dev/bench/report.ts";
import { buildSource, Changes, wide } from "../../dev/bench/subject.ts";
import { testDatabase } from "../support/postgres.ts";
import { slowTest } from "../support/slow.ts";

Deno.test("the bench loads a million orders three times, or 100,000 wide rows once", () => {
  const defaults = {
    distance_ms: 0,
    s3: false,
    format: "text" as const,
    scenarios: [...SCENARIOS],
  };
  assertEquals(readBenchOptions([]), { rows: 1_000_000, wide: false, runs: 3, ...defaults });
  assertEquals(readBenchOptions(["--wide"]), { rows: 100_000, wide: true, runs: 1, ...defaults });
  assertEquals(readBenchOptions(["--rows", "5000000"])?.runs, 1);
  assertEquals(readBenchOptions(["--help"]), undefined);
});

Deno.test("the bench refuses wrong options", () => {
  for (
    const args of [["--rows", "999"], ["--rows", "many"], ["--distance", "-1"], ["--fast"], [
      "--only",
      "nothing",
    ]]
  ) {
    assertThrows(() => readBenchOptions(args), TypeError);
  }
});

const MEASURED = [
  "first load of",
  "extract of the first load",
  "transform of the first load",
  "load of the first load",
  "replay of the processed zone",
  "replay of the ingestion zone",
  "replay of the ingestion zone: transform",
  "replay of the ingestion zone: load",
  "replay, per commit of 1000 changes",
  "reconcile, keys only",
  "reconcile, every value",
  "tick that finds 10 deletes",
  "tick of 1000 changes",
  "tick without changes",
  "tick without changes, after a transaction elsewhere",
  "start of a quiet tick to its first query",
  "fresh process: tick of 1000 changes",
  "business page, first view of a process",
  "business page, 52 weeks, one department",
  "business page that the browser has (304)",
];

slowTest("the bench measures every stage next to its floor", async () => {
  const { measurements, lake, machine } = await bench("--rows", "2000", "--runs", "1");
  for (const name of MEASURED) {
    const one = measurements.find((measurement) => measurement.name.startsWith(name));
    assert(one, `${name} is missing`);
    assert(one.elapsed_ms > 0 && one.ratio > 0, name);
    const floor = measurements.find((measurement) => measurement.name === one.floor);
    assertEquals(floor?.ratio, 1, name);
  }
  const [, first] = measurements;
  assert(Deno.build.os !== "linux" || first.peak_rss! > 50e6);
  assert(lake.ingestion.rows > 2000 && lake.processed.bytes > 0);
  assert(machine.cores > 0);
});

slowTest("the bench counts the trips of a tick at a distance", async () => {
  const { measurements } = await bench(
    "--rows",
    "1000",
    "--runs",
    "1",
    "--distance",
    "1",
    "--only",
    "ticks",
  );
  const tick = measurements.find(({ name }) => name === "tick of 1000 changes")!;
  assert(tick.trips! >= tick.chain! && tick.chain! > 0);
});

Deno.test("a wide row has 20 kB of text, and changes find it", async () => {
  await using database = await testDatabase();
  await buildSource(database.url, wide, 5);
  const condition = await new Changes(wide, 5).make(database.url, 5);
  const rows = await database.sql.unsafe(
    `SELECT length(file_location), design_name LIKE '%!' AS changed FROM design WHERE ${condition}`,
  );
  assertEquals([...rows], Array(5).fill({ length: 20_000, changed: true }));
});

async function bench(...args: string[]): Promise<ReturnType<typeof benchRecord>> {
  const { stdout, stderr, success } = await new Deno.Command(Deno.execPath(), {
    args: ["task", "bench", "--json", ...args],
    stdin: "null",
  }).output();
  const [text, errors] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  assert(success, errors);
  return JSON.parse(text);
}

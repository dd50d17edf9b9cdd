import { assert, assertEquals, assertThrows } from "@std/assert";
import { install } from "../../dev/compare/install.ts";
import { runsOf, ToolFailure } from "../../dev/compare/measure_peer.ts";
import { readCompareOptions } from "../../dev/compare/options.ts";
import { type Comparison, comparisonText } from "../../dev/compare/report.ts";
import { table } from "../../functions/format.ts";
import { slowTest } from "../support/slow.ts";

Deno.test("the comparison loads a million orders three times", () => {
  assertEquals(readCompareOptions([]), { rows: 1_000_000, runs: 3, format: "text", only: [] });
  assertEquals(readCompareOptions(["--only", "dlt, sling", "--json"])?.only, ["dlt", "sling"]);
  for (const args of [["--rows", "9999"], ["--json", "--write"], ["--runs", "0"]]) {
    assertThrows(() => readCompareOptions(args), TypeError);
  }
});

Deno.test("the run of a tool that fails is reported with its last line", () => {
  const cost = { started_at: 0, elapsed_ms: 1, cpu_ms: 1, peak_rss: null };
  const failed = { ...cost, code: 1, stdout: "loading\n", stderr: "Traceback\nno such column\n" };
  assertThrows(() => runsOf([failed]), ToolFailure, "exit code 1: no such column");
});

Deno.test("a tool that cannot be installed has a reason", async () => {
  const path = Deno.env.get("PATH")!;
  const home = Deno.env.get("XDG_CACHE_HOME");
  const folder = await Deno.makeTempDir();
  Deno.env.set("PATH", folder);
  Deno.env.set("XDG_CACHE_HOME", folder);
  try {
    assertEquals(await install(["no-such-tool==1.0"]), { missing: "python3 is not installed" });
  } finally {
    Deno.env.set("PATH", path);
    if (home === undefined) Deno.env.delete("XDG_CACHE_HOME");
    else Deno.env.set("XDG_CACHE_HOME", home);
    await Deno.remove(folder, { recursive: true });
  }
});

slowTest(
  "this repository equals the source after every step of the comparison, and loses nothing",
  async () => {
    const args = [
      "task",
      "compare",
      "--rows",
      "10000",
      "--runs",
      "1",
      "--only",
      "totesys",
      "--json",
    ];
    const run = await new Deno.Command(Deno.execPath(), { args, stdin: "null" }).output();
    const [stdout, stderr] = [run.stdout, run.stderr].map((bytes) =>
      new TextDecoder().decode(bytes)
    );
    assert(run.success, stderr);
    const result: Comparison = JSON.parse(stdout);
    const [{ name, equal, losses }] = result.peers;
    assertEquals([result.peers.length, name, equal, result.skipped], [
      1,
      "totesys",
      [true, true],
      [],
    ]);
    assertEquals([losses.silent, losses.late, losses.tie], ["caught", "caught", "caught"]);
    assert(losses.deleted.startsWith("caught"), losses.deleted);
    assertEquals(losses.decimals, "quarantined");
    assert(comparisonText(result, table).includes("\ntotesys "));
  },
);

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { plain } from "../../functions/cli/color.ts";
import { describeQuarantine, describeVerification, textOf } from "../../functions/cli/describe.ts";
import { ProgressDisplay } from "../../functions/cli/progress_display.ts";
import {
  capitalized,
  duration,
  elapsed,
  explain,
  table,
  thousands,
  withStop,
} from "../../functions/format.ts";
import { SourceError } from "../../sdk/errors.ts";
import type { Progress } from "../../sdk/mod.ts";

Deno.test("a table aligns text to the left and numbers to the right", () => {
  assertEquals(
    table(["table", "rows"], [["a", 5], ["longer name", 12_345]]),
    "table          rows\n" +
      "───────────  ──────\n" +
      "a                 5\n" +
      "longer name  12,345",
  );
});

Deno.test("numbers and durations are written for people", () => {
  assertEquals([0, 999, 1000, 1_234_567].map(thousands), ["0", "999", "1,000", "1,234,567"]);
  assertEquals([0.4, 12.3, 1500].map(duration), ["0 ms", "12 ms", "1.5 s"]);
  assertEquals([59_940, 59_960, 125_400].map(duration), ["59.9 s", "1 min 0 s", "2 min 5 s"]);
  assertEquals(duration(12_000_000), "3 h 20 min");
});

Deno.test("a quarantine that is listed in part says so", () => {
  const entry = {
    table: "t",
    key: "1",
    reason: "r",
    orphaned: false,
    since: "s",
    sequence: 1,
    content: {},
  };
  const of = (count: number) =>
    textOf(describeQuarantine(Array.from({ length: count }, () => entry)));
  assertEquals(of(999).includes("might be more"), false);
  assertStringIncludes(of(1000), "\nthe first 1,000 rows; there might be more.");
});

Deno.test("an error says what failed, where, and what to do next", () => {
  const error = new SourceError("cannot read the source: gone", {
    stage: "extract",
    table: "staff",
    run: "r1",
    next: "look",
    retryable: true,
  });
  const text = explain(error);
  for (
    const part of [
      "error: cannot read",
      "SourceError in stage",
      "extract",
      "staff",
      "r1",
      "  next: look\n  then run the same command again",
    ]
  ) {
    assert(text.includes(part), text);
  }
});

/** A display that writes into a text, with a clock of its own. */
function displayOn(isTerminal: boolean) {
  const state = { written: "", now: 1_000_000 };
  const write = (text: string) => void (state.written += text);
  const output = { write, isTerminal, columns: 80 };
  return { state, display: new ProgressDisplay(output, plain, () => state.now) };
}

function progress(table: string, rows: number, more: Partial<Progress> = {}): Progress {
  return { stage: "load", table, rows, totalRows: rows, ...more };
}

Deno.test("progress in a log is a line per table, at the end of a stage", () => {
  const { state, display } = displayOn(false);
  display.update(progress("dim_date", 1));
  display.update(progress("dim_staff", 1));
  display.update(progress("dim_date", 2));
  display.update(progress("sales_order", 1000, { stage: "extract" }));
  display.end();
  display.end();
  assertEquals(state.written.split("\n").map((line) => line.replace(/ +/g, " ")), [
    "load dim_date 2 rows",
    "load dim_staff 1 row",
    "extract sales_order 1,000 rows",
    "",
  ]);
});

Deno.test("progress in a log of a long stage has a line every ten seconds", () => {
  const { state, display } = displayOn(false);
  for (let second = 0; second <= 25; second++) {
    display.update(progress("dim_date", second, { fraction: second / 100 }));
    state.now += 1000;
  }
  assertEquals(state.written.split("\n").map((line) => line.replace(/ +/g, " ")), [
    "load dim_date 10 rows, 10 %, 1 min 30 s left",
    "load dim_date 20 rows, 20 %, 1 min 20 s left",
    "",
  ]);
});

Deno.test("progress on a terminal is a bar over all tables, with the time left", () => {
  const { state, display } = displayOn(true);
  display.update(progress("dim_date", 1, { fraction: 0.25 }));
  state.now += 3_000;
  display.update(progress("fact_sales_order", 20_000, { fraction: 0.5, totalRows: 20_001 }));
  display.end();
  const lines = state.written.split("\r\x1b[K").slice(1);
  assertEquals(lines, [
    `load       ${"█".repeat(6)}${"░".repeat(18)}  25 %  1 row  dim_date`,
    `load       ${"█".repeat(12)}${"░".repeat(12)}  50 %  20,001 rows  3 s left  fact_sales_or`,
    "load       20,001 rows in 2 tables, 3.0 s\n",
  ]);
});

Deno.test("progress of a brief stage leaves nothing on a terminal", () => {
  const { state, display } = displayOn(true);
  display.update(progress("dim_date", 1));
  state.now += 900;
  display.end();
  assertEquals(state.written.endsWith("\r\x1b[K"), true);
});

Deno.test("progress on a terminal is no wider than the terminal", () => {
  const { state, display } = displayOn(true);
  display.update(progress("a".repeat(100), 1, { fraction: 0.999 }));
  assertEquals(state.written.length, "\r\x1b[K".length + 79);
  assertStringIncludes(state.written, "99 %");
});

Deno.test("a comparison names the first keys that differ, and counts the others", () => {
  const examples = Array.from(
    { length: 15 },
    (_, key) => ({ key, kind: "changed", columns: ["city"] }) as const,
  );
  const text = textOf(describeVerification({
    equal: false,
    schema: [],
    tables: [{
      table: "dim_location",
      source_rows: 2000,
      warehouse_rows: 2000,
      differences: 1234,
      examples,
    }],
  }));
  assertEquals(text.split("\n").filter((line) => line.includes("changed in city")).length, 10);
  assert(text.includes("dim_location 0: changed in city"), text);
  assert(text.includes("and 1,224 more"), text);
});

Deno.test("elapsed() writes the two largest units", () => {
  const SECOND_MS = 1000;
  const MINUTE_MS = 60 * SECOND_MS;
  const HOUR_MS = 60 * MINUTE_MS;
  const times = [0, 999, 61 * SECOND_MS, 30 * MINUTE_MS, 90 * MINUTE_MS, 49 * HOUR_MS];
  assertEquals(times.map(elapsed), [
    "0 seconds",
    "0 seconds",
    "1 minute 1 second",
    "30 minutes",
    "1 hour 30 minutes",
    "2 days 1 hour",
  ]);
});

Deno.test("a clause becomes a sentence with a capital and one stop", () => {
  assertEquals(capitalized("the load failed"), "The load failed");
  assertEquals(["a", "a.", "a?", ""].map(withStop), ["a.", "a.", "a?", "."]);
});

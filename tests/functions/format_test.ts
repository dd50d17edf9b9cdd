import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { describeQuarantine, describeVerification, textOf } from "../../functions/cli/describe.ts";
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

Deno.test("a comparison that finds invalid rows only names the command that lists them", () => {
  const next = (kinds: readonly ("invalid" | "missing")[]) =>
    textOf(describeVerification({
      equal: false,
      schema: [],
      tables: [{
        table: "fact_sales_target",
        source_rows: 2,
        warehouse_rows: 1,
        differences: kinds.length,
        examples: kinds.map((kind, key) => ({ key, kind, columns: [] })),
      }],
    })).split("\n").at(-1)?.trim();
  assertEquals(next(["invalid"]), "next: deno task etl quarantine list");
  assertEquals(
    next(["invalid", "missing"]),
    "next: deno task etl run, then deno task etl reconcile",
  );
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

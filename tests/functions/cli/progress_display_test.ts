import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { plain } from "../../../functions/cli/color.ts";
import { MOVING, ProgressDisplay } from "../../../functions/cli/progress_display.ts";
import type { Progress, Stage } from "../../../sdk/mod.ts";

interface Screen {
  readonly isTerminal?: boolean;
  readonly columns?: number;
  readonly plan?: readonly Stage[];
}

/** A display that writes into a text, with a clock of its own. */
function displayOn({ isTerminal = true, columns = 80, plan = MOVING }: Screen = {}) {
  const state = { written: "", now: 1_000_000 };
  const write = (text: string) => void (state.written += text);
  const output = { write, isTerminal, columns };
  const display = new ProgressDisplay(output, plain, plan, () => state.now);
  /** Shows news after so many milliseconds. */
  const after = (ms: number, news: Progress) => {
    state.now += ms;
    display.update(news);
  };
  return { state, display, after, screen: () => screenOf(state.written) };
}

/** What a terminal shows after these characters: the sequences of {@linkcode ProgressDisplay} only. */
function screenOf(written: string): string[] {
  const lines = [""];
  let line = 0;
  // deno-lint-ignore no-control-regex -- what moves the cursor
  for (const part of written.split(/(\r|\n|\x1b\[1A|\x1b\[K|\x1b\[J)/)) {
    if (part === "\r") continue;
    if (part === "\n") lines[++line] ??= "";
    else if (part === "\x1b[1A") line--;
    else if (part === "\x1b[K") lines[line] = "";
    else if (part === "\x1b[J") lines.splice(line, Infinity, "");
    else lines[line] += part;
  }
  return lines;
}

function news(stage: Stage, table: string, rows: number, more: Partial<Progress> = {}): Progress {
  return { stage, table, rows, totalRows: rows, totalBytes: 0, ...more };
}

function bar(filled: number, empty: number): string {
  return "█".repeat(filled) + "░".repeat(empty);
}

Deno.test("a terminal shows one bar over all stages, and what is being done", () => {
  const { after, display, screen } = displayOn();
  after(0, news("extract", "address", 30_000, { fraction: 0.3, totalBytes: 3_000_000 }));
  assertEquals(screen(), [
    `${bar(1, 14)}  10 %  30,000 rows  3.0 MB  0 s`,
    "extract address",
  ]);
  after(4_000, news("extract", "sales_order", 90_000, { fraction: 0.9, totalBytes: 9_000_000 }));
  after(100, news("transform", "fact_sales_order", 30_000, { fraction: 0.3 }));
  after(900, news("load", "fact_sales_order", 30_000, { fraction: 0.3 }));
  assertEquals(screen(), [
    `${bar(7, 8)}  50 %  90,000 rows  9.0 MB  10,000 rows/s  5 s, 5 s left`,
    "extract sales_order, transform fact_sales_order, load fact_sales_order",
  ]);
  display.end();
});

Deno.test("a stage that has made no progress for three seconds is not shown as working", () => {
  const { after, display, screen } = displayOn();
  after(0, news("extract", "address", 1, { fraction: 1 }));
  after(100, news("transform", "dim_location", 1, { fraction: 0.5 }));
  assertEquals(screen()[1], "extract address, transform dim_location");
  after(3_000, news("transform", "dim_staff", 2, { fraction: 1 }));
  assertEquals(screen()[1], "transform dim_staff");
  display.end();
});

Deno.test("while keys are added, the bar is not full, and the step is named", () => {
  const { after, display, screen } = displayOn();
  const done = { fraction: 1, totalRows: 1_000_000 };
  for (const stage of MOVING) after(0, news(stage, "fact_sales_order", 1_000_000, done));
  after(9_000, news("load", "fact_sales_order", 1_000_000, { ...done, step: "adding keys" }));
  assertEquals(screen(), [
    `${bar(14, 1)}  99 %  1,000,000 rows  111,111 rows/s  9 s`,
    "load fact_sales_order: adding keys",
  ]);
  display.end();
});

Deno.test("time passes on a terminal while a step takes long", async () => {
  const { state, after, display, screen } = displayOn({ plan: ["load"] });
  after(0, news("load", "fact_payment", 7, { fraction: 1, step: "checking foreign keys" }));
  state.now += 65_000;
  while (!screen()[0].endsWith("1 min 5 s")) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  assertEquals(screen()[1], "load fact_payment: checking foreign keys");
  display.end();
});

Deno.test("rows without an estimate have no bar until a later stage has one", () => {
  const { after, display, screen } = displayOn();
  after(0, news("extract", "address", 7));
  assertEquals(screen(), ["7 rows  0 s", "extract address"]);
  after(100, news("transform", "dim_location", 7, { fraction: 1 }));
  assertStringIncludes(screen()[0], `${bar(10, 5)}  66 %`);
  display.end();
});

Deno.test("a command of one stage has a bar of its own", () => {
  const { after, display, screen } = displayOn({ plan: ["load"], columns: 120 });
  after(0, news("load", "dim_date", 7, { fraction: 0.5 }));
  assertEquals(screen()[0], `${bar(15, 15)}  50 %  7 rows  0 s`);
  display.end();
});

Deno.test("a comparison is displayed by itself, before and after rows move", () => {
  const { after, display, screen } = displayOn();
  after(0, news("load", "dim_date", 7, { fraction: 1 }));
  after(5_000, news("compare", "dim_date", 50, { fraction: 0.5 }));
  assertEquals(screen(), [
    "load       7 rows in 1 table, 0 ms",
    `${bar(7, 8)}  50 %  50 rows  0 s`,
    "compare dim_date",
  ]);
  after(5_000, news("extract", "address", 1));
  assertEquals(screen().slice(1), [
    "compare    50 rows in 1 table, 0 ms",
    "1 row  0 s",
    "extract address",
  ]);
  display.end();
});

Deno.test("a long run leaves a line per stage on a terminal, and a brief one nothing", () => {
  for (
    const [ms, left] of [[900, []], [1_200, [
      "extract    2 rows in 2 tables, 1.2 kB, 1.2 s",
      "load       1 row in 1 table, 0 ms",
    ]]] as const
  ) {
    const { after, display, screen } = displayOn();
    after(0, news("extract", "address", 1, { totalBytes: 600 }));
    after(ms, news("extract", "staff", 1, { totalRows: 2, totalBytes: 1200 }));
    after(0, news("load", "dim_staff", 1));
    display.end();
    display.end();
    assertEquals(screen(), [...left, ""]);
  }
});

Deno.test("no line is wider than the terminal", () => {
  for (const columns of [20, 80, 120]) {
    const { after, display, screen } = displayOn({ columns });
    const large = { fraction: 0.999, totalBytes: 999_900_000_000, totalRows: 999_999_999_999 };
    after(0, news("extract", "a".repeat(200), 1, large));
    after(7_300_000, news("load", "b".repeat(200), 1, large));
    const widths = screen().map(({ length }) => length);
    assert(Math.max(...widths) <= columns - 1, `${widths} of ${columns}`);
    display.end();
  }
});

Deno.test("a log has a line per table, at the end", () => {
  const { after, display, state } = displayOn({ isTerminal: false });
  after(0, news("extract", "sales_order", 1_000));
  after(10, news("load", "dim_date", 1));
  after(10, news("load", "dim_staff", 1));
  after(10, news("load", "dim_date", 2));
  display.end();
  display.end();
  assertEquals(state.written.split("\n").map((line) => line.replace(/ +/g, " ")), [
    "extract sales_order 1,000 rows",
    "load dim_date 2 rows",
    "load dim_staff 1 row",
    "",
  ]);
});

Deno.test("a log of a long run has a line every ten seconds", () => {
  const { after, display, state } = displayOn({ isTerminal: false, plan: ["load"] });
  for (let second = 0; second <= 25; second++) {
    after(1000, news("load", "dim_date", second, { fraction: second / 100 }));
  }
  assertEquals(state.written.split("\n"), [
    "10 %, 10 rows, 1 row/s, 10 s, 1 min 30 s left: load dim_date",
    "20 %, 20 rows, 1 row/s, 20 s, 1 min 20 s left: load dim_date",
    "",
  ]);
  display.end();
});

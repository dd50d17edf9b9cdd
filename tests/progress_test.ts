import { assert, assertEquals } from "@std/assert";
import { listenerOfRun, type Progress, progressMeter, type Stage } from "../sdk/progress.ts";

/** A listener that remembers what it heard. */
function listening() {
  const heard: Progress[] = [];
  const listener = (progress: Progress) => void heard.push(progress);
  return { listener, last: () => heard.at(-1)!, fractions: () => heard.map((p) => p.fraction) };
}

Deno.test("a meter adds up the rows and bytes of a stage, by table and in all", () => {
  const { listener, last } = listening();
  const meter = progressMeter("load", listener);
  meter.expect("dim_date", 3);
  meter.add("dim_date", 2, 20);
  meter.add("dim_staff", 5, 50);
  meter.add("dim_date", 1, 10);
  assertEquals(last(), {
    stage: "load",
    table: "dim_date",
    rows: 3,
    expected: 3,
    totalRows: 8,
    totalBytes: 80,
    fraction: undefined,
  });
});

Deno.test("each call of a stage counts from zero, except within a run", () => {
  const { listener, last } = listening();
  for (const [heard, rows] of [[listener, [1, 1]], [listenerOfRun(listener), [1, 2]]] as const) {
    for (const expected of rows) {
      progressMeter("transform", heard).add("dim_date", 1);
      assertEquals([last().rows, last().totalRows], [expected, expected]);
    }
  }
  assertEquals(listenerOfRun(undefined), undefined);
});

Deno.test("the parts of a stage are shares of its work", () => {
  const { listener, fractions } = listening();
  const meter = progressMeter("load", listener);
  for (const part of [0, 1]) {
    meter.beginPart(part, 2, 10);
    meter.add("dim_date", 5);
    meter.add("dim_date", 6); // more than expected
  }
  assertEquals(fractions(), [0.25, 0.5, 0.75, 1]);
});

Deno.test("in a first load, every stage measures itself by the rows of the source", () => {
  const { listener, fractions } = listening();
  const ofRun = listenerOfRun(listener);
  progressMeter("extract", ofRun).expectAll([["staff", 30], ["address", 70]]);
  for (const stage of ["extract", "transform", "load"] as const) {
    const meter = progressMeter(stage, ofRun);
    meter.beginPart(0, 1, 1); // the only commit so far
    meter.add("any", 50);
    meter.add("any", 70);
  }
  assertEquals(fractions(), [0.5, 1, 0.5, 1, 0.5, 1]);
});

Deno.test("a load that ends with steps leaves them a share, by the rows of their tables", () => {
  const { listener, fractions, last } = listening();
  const meter = progressMeter("load", listener);
  meter.leaveShareToSteps(true);
  meter.beginPart(0, 1, 1000);
  meter.add("fact_sales_order", 900);
  meter.add("fact_payment", 100);
  meter.expectSteps(["fact_sales_order", "fact_sales_order", "fact_payment"]);
  for (const table of ["fact_sales_order", "fact_sales_order", "fact_payment"]) {
    meter.step(table, "adding keys");
    assertEquals([last().table, last().step, last().totalRows], [table, "adding keys", 1000]);
  }
  const [first, rows, ...steps] = fractions().map((fraction) => Math.round(100 * fraction!));
  assertEquals([first, rows, ...steps], [68, 75, 75, 87, 99]);
  meter.leaveShareToSteps(false);
  meter.add("fact_payment", 0);
  assertEquals(last().fraction, 1);
  assert(!("step" in last()));
});

Deno.test("the stages of a run have meters of their own", () => {
  const { listener, last } = listening();
  const ofRun = listenerOfRun(listener);
  for (const stage of ["extract", "transform", "load", "compare"] satisfies Stage[]) {
    progressMeter(stage, ofRun).add("any", 7);
    assertEquals([last().stage, last().totalRows], [stage, 7]);
  }
});

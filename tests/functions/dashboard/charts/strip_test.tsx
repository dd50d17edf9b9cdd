import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { Strip, type StripRun } from "../../../../functions/dashboard/charts/strip.tsx";

function strip(...runs: Partial<StripRun>[]): string {
  const full = runs.map((run, i): StripRun => ({
    time: `14:0${i % 10}`,
    failed: false,
    elapsed_ms: 100,
    stages_ms: [100, 0, 0, 0],
    rows: 0,
    title: `run ${i}`,
    ...run,
  }));
  const html = <Strip runs={full} label="Columns" outage={(count) => `${count} runs failed`} />;
  return String(html);
}

const FAILED = { failed: true, elapsed_ms: 90_000 };

Deno.test("columns of the strip are placed by percentages, so that every width fits", () => {
  const html = strip({}, {}, {}, {});
  assertStringIncludes(html, '<rect class="s1" x="2.75%" width="19.50%"');
  assertStringIncludes(html, '<rect class="s1" x="77.75%" width="19.50%"');
  assert(!/viewBox|style=/.test(html));
});

Deno.test("one outage is one wash with one label, however many runs failed", () => {
  const outage = Array(30).fill(FAILED);
  const html = strip({}, ...outage, {}, {});
  assertEquals(html.match(/class="wash"/g)?.length, 1);
  assertStringIncludes(html, "✕ 30 runs failed</text>");
  assertEquals(strip(FAILED, {}, FAILED, {}).match(/class="wash"/g)?.length, 2);
});

Deno.test("a failed run that waited for a timeout does not flatten the others", () => {
  assertStringIncludes(
    strip({}, FAILED),
    '<rect class="s1" x="5.50%" width="39.00%" y="10.0" height="88.0"',
  );
});

Deno.test("every run of the strip says what it did, and text is escaped", () => {
  const html = strip({ title: "<b>&" }, {});
  assertStringIncludes(html, "<title>&lt;b&gt;&amp;</title>");
  assertEquals(html.match(/<title>/g)?.length, 2);
});

Deno.test("a strip without rows and without time still has axes", () => {
  const html = strip({ elapsed_ms: 0, stages_ms: [0, 0, 0, 0] });
  assert(!/NaN|Infinity/.test(html));
});

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
  const html = strip(...Array(60).fill({}));
  assertStringIncludes(html, '<rect class="s1" x="0.18%" width="1.30%"');
  assertStringIncludes(html, '<rect class="s1" x="98.52%" width="1.30%"');
  assert(!/viewBox|style=/.test(html));
});

Deno.test("the first runs are narrow columns at the right of the strip", () => {
  const html = strip({}, {});
  assertStringIncludes(html, '<rect class="s1" x="96.85%" width="1.30%"');
  assertStringIncludes(html, '<rect class="s1" x="98.52%" width="1.30%"');
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
    '<rect class="s1" x="96.85%" width="1.30%" y="10.0" height="88.0"',
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

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { RecordedRun } from "../../../../../sdk/mod.ts";
import { Card } from "../../../../../functions/dashboard/layout/card.tsx";
import { IncidentsCard } from "../../../../../functions/dashboard/pages/operations/incidents_card.tsx";
import {
  lagOfDay,
  lagOfWeek,
} from "../../../../../functions/dashboard/pages/operations/lag_intervals.ts";
import { QuarantineCard } from "../../../../../functions/dashboard/pages/operations/quarantine_card.tsx";
import { groupRuns } from "../../../../../functions/dashboard/pages/operations/run_groups.ts";
import { RunsCard } from "../../../../../functions/dashboard/pages/operations/runs_card.tsx";
import { SchemaCard } from "../../../../../functions/dashboard/pages/operations/schema_card.tsx";
import { TablesCard } from "../../../../../functions/dashboard/pages/operations/tables_card.tsx";
import {
  endedIncident,
  failedRun,
  fresh,
  hourOfRuns,
  minutesAgo,
  NOW,
  reason,
  run,
  table,
} from "./fixture.ts";

const EVIL = `<script>alert("1")</script>&'`;
const ESCAPED = "&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&amp;";

const plain = (html: unknown) => String(html).replaceAll("\u202f", " ");
const titleOf = (html: unknown) => /<h2[^>]*>(.*?)<\/h2>/.exec(plain(html))![1];
const runsTitle = (runs: RecordedRun[]) => titleOf(<RunsCard runs={runs} tables={[]} now={NOW} />);

Deno.test("text from the data is escaped in every card", () => {
  const quarantine = { ...fresh().quarantine, reasons: [reason({ table: EVIL, column: EVIL })] };
  const change = { ...fresh().schema_changes[0], table: EVIL, message: EVIL };
  const incident = { ...endedIncident(), is_open: true, ended: null, title: EVIL, meaning: EVIL };
  const cards = [
    <Card id="a" span={4} title={EVIL} data={EVIL}>{EVIL}</Card>,
    <QuarantineCard quarantine={quarantine} now={NOW} />,
    <SchemaCard changes={[change]} now={NOW} />,
    <IncidentsCard incidents={[incident]} now={NOW} />,
    <TablesCard tables={[table(EVIL)]} now={NOW} />,
    <RunsCard
      runs={[failedRun({ message: EVIL }), run({ outcome: "changed", tables: { [EVIL]: 1 } })]}
      tables={[]}
      now={NOW}
    />,
  ];
  for (const card of cards) {
    const html = plain(card);
    assert(!html.includes("<script"), html);
    assertStringIncludes(html, ESCAPED);
  }
});

Deno.test("runs that went alike are one group; a run with changes stands alone", () => {
  const runs = [
    run(),
    run(),
    run({ outcome: "changed" }),
    run({ outcome: "changed" }),
    failedRun(),
    failedRun(),
    failedRun({ stage_ms: { extract: 1, transform: 2 } }),
    run(),
  ];
  assertEquals(groupRuns(runs).map(({ length }) => length), [2, 1, 1, 2, 1, 1]);
});

Deno.test("a night and an outage are a line each in the table of runs", () => {
  const html = plain(
    <RunsCard
      runs={[
        ...Array.from({ length: 46 }, (_, i) => failedRun({ started_at: minutesAgo(i) })),
        ...Array.from({ length: 20 }, (_, i) => run({ started_at: minutesAgo(46 + i) })),
      ]}
      tables={[]}
      now={NOW}
    />,
  );
  assertStringIncludes(html, "13:36 to 14:21");
  assertStringIncludes(html, "46 × failed in extract");
  assertStringIncludes(html, "20 × nothing new");
});

Deno.test("the title of the runs is the finding", () => {
  assertEquals(runsTitle(hourOfRuns()), "The last 60 runs succeeded; none took longer than 454 ms");
  assertEquals(runsTitle([failedRun(), failedRun(), run()]), "The last 2 runs failed in extract");
  assertEquals(runsTitle([failedRun({ stage_ms: {} }), run()]), "The last run failed");
  assertEquals(
    runsTitle([run(), failedRun(), run()]),
    "1 of the last 3 runs failed; the last succeeded",
  );
  assertEquals(runsTitle([run()]), "The one run so far succeeded in 36 ms");
});

Deno.test("of many tables the worst come first, and the rest is counted", () => {
  const tables = Array.from({ length: 60 }, (_, i) => table(`t${i}`));
  tables[40] = table("late", { is_late: true, behind_ms: 9e6 });
  tables[50] = table("gone", { stopped: { ...fresh().schema_changes[0], stops: true } });
  const html = plain(<TablesCard tables={tables} now={NOW} />);
  assertEquals([...html.matchAll(/title="(\w+)"/g)].slice(0, 3).map(([, name]) => name), [
    "gone",
    "late",
    "t0",
  ]);
  assertStringIncludes(html, "<summary>47 more tables, within their objectives</summary>");
  assertEquals(titleOf(html), "gone is stopped");
  assertEquals([...html.matchAll(/title="(\w+)"/g)].length, 60);
});

Deno.test("the title of the tables counts those that are late", () => {
  const late = table("a", { is_late: true });
  const title = (...tables: Parameters<typeof TablesCard>[0]["tables"]) =>
    titleOf(<TablesCard tables={tables} now={NOW} />);
  assertEquals(title(late, table("b"), table("c")), "1 of 3 tables is late");
  assertEquals(title(late, late), "All 2 tables are late");
  assertEquals(title(table("a"), table("b")), "All 2 tables are within their objectives");
});

Deno.test("a row count that is an estimate is marked as one", () => {
  const html = plain(
    <TablesCard tables={[table("a", { rows: 1234, rows_exact: false })]} now={NOW} />,
  );
  assertStringIncludes(html, "≈ 1 234");
});

Deno.test("of many reasons for quarantine the first are shown, and the rest is counted", () => {
  const reasons = Array.from({ length: 9 }, (_, i) => reason({ column: `c${i}`, rows: 10 }));
  const quarantine = { ...fresh().quarantine, rows: 300, reasons, has_more: true };
  const html = plain(<QuarantineCard quarantine={quarantine} now={NOW} />);
  assertStringIncludes(html, "300 rows are in quarantine, more than the limit of 100");
  assertStringIncludes(html, "And 3 other reasons for 30 rows.");
  assertStringIncludes(html, "The reasons are those of the oldest 1,000 rows.");
});

Deno.test("incidents that cannot be read are unknown, not absent", () => {
  assertEquals(titleOf(<IncidentsCard incidents={null} now={NOW} />), "Cannot read the incidents");
  assertEquals(titleOf(<IncidentsCard incidents={[]} now={NOW} />), "No open incidents");
});

Deno.test("the lag of a week has every hour: one without a run is unknown, the last one ends now", () => {
  const from = (hours: number) =>
    new Date(Date.parse("2026-11-27T14:00:00Z") - hours * 3_600_000).toISOString();
  const sum = (hours: number, worst_behind_ms: number) => ({
    from: from(hours),
    runs: 60,
    failed: 0,
    rows: 0,
    bytes: 0,
    elapsed_ms: 0,
    worst_behind_ms,
  });
  const week = lagOfWeek([sum(3, 70_000), sum(1, 80_000)], 42_000, NOW);
  assertEquals(week.slice(-4).map(({ behind_ms }) => behind_ms), [70_000, null, 80_000, 42_000]);
  assertEquals(week.at(-1)!.to, NOW);
  assertEquals([week.length, lagOfWeek([], 42_000, NOW)], [24, []]);
});

Deno.test("the lag begins with the first run that knows it, but shows at least an hour", () => {
  const known = (minutes: number) =>
    lagOfDay(
      fresh().lag.map((point, i) => i < 288 - minutes / 5 ? { ...point, behind_ms: null } : point),
    );
  assertEquals(known(5).length, 12);
  assertEquals(known(120).length, 24);
  assertEquals(known(1_440).length, 288);
  assertEquals(lagOfDay(fresh().lag.map(({ at }) => ({ at, behind_ms: null }))), []);
});

Deno.test("the intervals of a day follow one another", () => {
  const day = lagOfDay(fresh().lag);
  assertEquals(day.length, 288);
  assert(day.every(({ from }, i) => i === 0 || from.getTime() === day[i - 1].to.getTime()));
});

import { Card } from "../../layout/card.tsx";
import { Icon } from "../../layout/icon.tsx";
import {
  bytes,
  clock,
  compact,
  duration,
  int,
  listed,
  moment,
  plural,
  preciseClock,
} from "../../layout/format.ts";
import { STAGES, Strip, type StripRun } from "../../charts/strip.tsx";
import type { TableState } from "../../data/operations/operations.ts";
import type { RecordedRun } from "../../../../sdk/mod.ts";
import { failedStage, groupRuns, outcomeWords, type RunGroup } from "./run_groups.ts";

/** Columns of the strip. */
export const STRIP_RUNS = 60;
/** Lines below the strip. */
const GROUPS = 6;

/** The last runs: how long each stage took, how many rows they moved, how they ended. */
export function RunsCard({ runs, tables, now }: {
  readonly runs: readonly RecordedRun[];
  readonly tables: readonly TableState[];
  readonly now: Date;
}) {
  // A calendar comes along with every date: it says nothing about a run.
  const calendars = tables.filter(({ kind }) => kind === "calendar").map(({ table }) => table);
  const context: RunContext = { now, calendars };
  const shown = runs.slice(0, STRIP_RUNS);
  const title = runsTitle(shown);
  const columns = shown.toReversed().map(columnOf);
  const stagesShown = stagesOf(shown);
  const hasFailed = shown.some(({ outcome }) => outcome === "failed");
  const groups = groupRuns(runs);
  return (
    <Card
      id="runs"
      span={12}
      title={title}
      sub={
        <>
          One column per run, UTC. Top: time in {stagesShown.map((stage, i) => (
            <>
              {i > 0 && ", "}
              <Key stage={STAGES.indexOf(stage) + 1} /> {stage}
            </>
          ))}
          . Bottom: rows.{hasFailed && (
            <>
              {" "}
              <span class="badtext">✕</span> failed.
            </>
          )}
        </>
      }
      data={<RunTable groups={shown.map((run) => [run])} {...context} />}
      links={[["SQL", "/operations/runs.sql"], ["CSV", "/operations/runs.csv"]]}
    >
      <Strip
        runs={columns}
        label={`Columns: ${title}.`}
        outage={(count) => outageText(shown, count)}
      />
      <RunTable groups={groups.slice(0, GROUPS)} {...context} />
    </Card>
  );
}

/** Few runs reconcile: then there is nothing to say of it. */
function stagesOf(runs: readonly RecordedRun[]): (typeof STAGES)[number][] {
  return STAGES.filter((stage) => stage !== "reconcile" || runs.some((run) => run.stage_ms[stage]));
}

/** The finding: failures first, then the slowest run. */
function runsTitle(runs: readonly RecordedRun[]): string {
  const failures = runs.filter(({ outcome }) => outcome === "failed").length;
  const ending = runs.findIndex(({ outcome }) => outcome !== "failed");
  const lastFailed = ending < 0 ? runs.length : ending;
  const where = runs[0] && failedStage(runs[0]) ? ` in ${failedStage(runs[0])}` : "";
  if (lastFailed > 1) return `The last ${int(lastFailed)} runs failed${where}`;
  if (lastFailed === 1) return `The last run failed${where}`;
  if (failures > 0) {
    return `${int(failures)} of the last ${plural(runs.length, "run")} failed; the last succeeded`;
  }
  const slowest = Math.max(...runs.map(({ elapsed_ms }) => elapsed_ms));
  if (runs.length === 1) return `The one run so far succeeded in ${duration(slowest)}`;
  return `The last ${int(runs.length)} runs succeeded; none took longer than ${duration(slowest)}`;
}

function outageText(runs: readonly RecordedRun[], count: number): string {
  const failed = runs.filter(({ outcome }) => outcome === "failed");
  const stages = new Set(failed.map(failedStage));
  const where = stages.size === 1 && !stages.has(null) ? ` in ${[...stages][0]}` : "";
  return `${plural(count, "run")} failed${where}`;
}

function columnOf(run: RecordedRun): StripRun {
  const { started_at, outcome, elapsed_ms, stage_ms, rows, message } = run;
  const at = new Date(started_at);
  const stages_ms = STAGES.map((stage) => stage_ms[stage] ?? 0);
  const [, ended] = outcomeWords(run);
  const parts = STAGES.flatMap((stage, i) =>
    stages_ms[i] > 0 ? [`${stage} ${duration(stages_ms[i])}`] : []
  );
  const what = rows > 0 ? `${ended} ${plural(rows, "row")}` : ended;
  const title = outcome === "failed"
    ? `${preciseClock(at)} ${ended}${message ? `: ${message}` : ""}`
    : `${preciseClock(at)} ${what} in ${duration(elapsed_ms)}${
      parts.length > 1 ? `: ${parts.join(", ")}` : ""
    }`;
  return { time: clock(at), failed: outcome === "failed", elapsed_ms, stages_ms, rows, title };
}

interface RunContext {
  readonly now: Date;
  /** Tables that are not named. */
  readonly calendars: readonly string[];
}

function RunTable({ groups, ...context }: RunContext & { readonly groups: readonly RunGroup[] }) {
  const stages = stagesOf(groups.flat());
  return (
    <table class="list runs">
      <caption class="vh">Runs</caption>
      <thead>
        <tr>
          <th scope="col">Run</th>
          <th scope="col">Outcome</th>
          <th scope="col" class="opt">Tables that changed</th>
          <th scope="col" class="n">Rows</th>
          <th scope="col" class="n bytes">Bytes</th>
          {stages.map((stage) => (
            <th scope="col" class="n opt">{stage[0].toUpperCase() + stage.slice(1)}</th>
          ))}
          <th scope="col" class="n">Total</th>
        </tr>
      </thead>
      <tbody>{groups.map((group) => <RunRow group={group} stages={stages} {...context} />)}</tbody>
    </table>
  );
}

function RunRow({ group, stages, now, calendars }: RunContext & {
  readonly group: RunGroup;
  readonly stages: readonly (typeof STAGES)[number][];
}) {
  const [run] = group;
  const [tone, ended] = outcomeWords(run);
  return (
    <tr>
      <th scope="row" class="nowrap">{groupTime(group, now)}</th>
      <td>
        <Icon tone={tone} silent /> {group.length > 1 && `${int(group.length)} × `}
        {ended}
      </td>
      <td class="soft opt name">{changedTables(run, calendars)}</td>
      <td class="n">{compact(run.rows)}</td>
      <td class="n bytes">{run.bytes === 0 ? "0" : bytes(run.bytes)}</td>
      {stages.map((stage) => (
        <td class="n opt">{most(group, ({ stage_ms }) => stage_ms[stage] ?? 0)}</td>
      ))}
      <td class="n">{most(group, ({ elapsed_ms }) => elapsed_ms)}</td>
    </tr>
  );
}

function groupTime(group: RunGroup, now: Date): string {
  const [last, first] = [new Date(group[0].started_at), new Date(group.at(-1)!.started_at)];
  if (moment(first, now) !== moment(last, now)) {
    return `${moment(first, now)} to ${moment(last, now)}`;
  }
  return moment(last, now) === clock(last) ? preciseClock(last) : moment(last, now);
}

/** The most of a group, marked where not every run took as long. */
function most(group: RunGroup, of: (run: RecordedRun) => number): string {
  const values = group.map(of);
  const [least, most] = [Math.min(...values), Math.max(...values)].map(duration);
  if (most === "0") return "–";
  return least === most ? most : `≤ ${most}`;
}

function changedTables({ tables }: RecordedRun, calendars: readonly string[]): string {
  const names = Object.keys(tables).filter((name) => tables[name] > 0 && !calendars.includes(name));
  return names.length === 0 ? "–" : listed(names);
}

const Key = ({ stage }: { readonly stage: number }) => (
  <svg class="key" width="10" height="10" aria-hidden="true">
    <rect class={`s${stage}`} width="10" height="10" />
  </svg>
);

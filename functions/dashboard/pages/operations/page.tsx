import type { Incident } from "../../data/operations/incidents.ts";
import type { Operations, SkippedCommit } from "../../data/operations/operations.ts";
import type { Tone } from "../../assets.ts";
import { Card } from "../../layout/card.tsx";
import { Event } from "../../layout/event.tsx";
import { moment, plural } from "../../layout/format.ts";
import { type Frame, Page } from "../../layout/page.tsx";
import { Verdict } from "../../layout/verdict.tsx";
import { ComparisonsCard } from "./comparisons_card.tsx";
import { IncidentsCard } from "./incidents_card.tsx";
import { JobsCard } from "./jobs_card.tsx";
import { LagCard, type LagHistory } from "./lag_card.tsx";
import { QuarantineCard } from "./quarantine_card.tsx";
import { RunsCard } from "./runs_card.tsx";
import { SchemaCard } from "./schema_card.tsx";
import { tableListHeight, TablesCard } from "./tables_card.tsx";
import { Tiles } from "./tiles.tsx";
import { verdictWords } from "./verdict.ts";

const SIGNS: Readonly<Record<Tone, string>> = { ok: "", warn: "▲ ", bad: "✕ ", idle: "" };
const REFRESH_SECONDS = 60;

/** The page of a warehouse that has been loaded. */
export function OperationsPage({ frame, operations, incidents, lag }: {
  readonly frame: Frame;
  readonly operations: Operations;
  readonly incidents: readonly Incident[] | null;
  readonly lag: LagHistory;
}) {
  const { tone, title, detail, why, next } = verdictWords(operations);
  const { verdict, tables, runs, jobs, quarantine, schema_changes, skipped } = operations;
  const { reconciliation, verification } = operations;
  const now = new Date(operations.now);
  return (
    <Page
      frame={frame}
      section="Operations"
      title={`${SIGNS[tone]}${title}`}
      tone={tone}
      refresh={REFRESH_SECONDS}
    >
      <Verdict tone={tone} title={`${title},`} detail={detail} next={next}>
        <p>{why}</p>
      </Verdict>
      <Tiles operations={operations} incidents={incidents} />
      <div class="grid">
        <LagCard {...lag} verdict={verdict} height={tableListHeight(tables.length)} now={now} />
        <TablesCard tables={tables} now={now} />
        {runs.length > 0 && <RunsCard runs={runs} tables={tables} now={now} />}
        <div class="s7 stack">
          <QuarantineCard quarantine={quarantine} now={now} />
          <JobsCard jobs={jobs} tables={tables} now={now} />
        </div>
        <div class="s5 stack">
          <IncidentsCard incidents={incidents} now={now} />
          <SchemaCard changes={schema_changes} now={now} />
          <ComparisonsCard reconciliation={reconciliation} verification={verification} now={now} />
          {skipped.length > 0 && <SkippedCard skipped={skipped} now={now} />}
        </div>
      </div>
    </Page>
  );
}

/** Commits whose rows are missing until a later commit has them. */
function SkippedCard({ skipped, now }: {
  readonly skipped: readonly SkippedCommit[];
  readonly now: Date;
}) {
  return (
    <Card
      id="skipped"
      span={12}
      title={`${plural(skipped.length, "commit")} of the lake ${
        skipped.length === 1 ? "was" : "were"
      } skipped`}
    >
      <ul class="events">
        {skipped.slice(0, 5).map(({ source, sequence, applied_at, reason }) => (
          <Event
            tone="warn"
            when={moment(new Date(applied_at), now)}
            then="The next reconciliation repairs it."
          >
            commit {String(sequence)} of the source {source}: {reason}
          </Event>
        ))}
      </ul>
    </Card>
  );
}

import type { RecordedVerification } from "../../../../sdk/mod.ts";
import type { Reconciliation } from "../../data/operations/operations.ts";
import { Card } from "../../layout/card.tsx";
import { Command } from "../../layout/command.tsx";
import { Event } from "../../layout/event.tsx";
import { age, int, listed, moment, plural } from "../../layout/format.ts";
import { PlainTable } from "../../layout/plain_table.tsx";
import { NEXT } from "./commands.ts";

/** What the last comparisons with the source found: the repair, and the proof. */
export function ComparisonsCard({ reconciliation, verification, now }: {
  readonly reconciliation: Reconciliation | null;
  readonly verification: RecordedVerification | null;
  readonly now: Date;
}) {
  return (
    <Card
      id="comparisons"
      span={12}
      title={comparisonsTitle(reconciliation, verification)}
      data={verification && (
        <PlainTable
          caption="The last verification"
          heads={["Table", "Source", "Warehouse", "Differences"]}
          rows={verification.tables.map((table) => [
            table.table,
            int(table.source_rows),
            int(table.warehouse_rows),
            int(table.differences),
          ])}
        />
      )}
    >
      <ul class="events">
        <VerificationEvent verification={verification} now={now} />
        <ReconciliationEvent reconciliation={reconciliation} now={now} />
      </ul>
    </Card>
  );
}

function VerificationEvent({ verification, now }: {
  readonly verification: RecordedVerification | null;
  readonly now: Date;
}) {
  if (verification === null) {
    return (
      <Event tone="idle" then={<Command text={NEXT.verify} />}>
        Not verified yet. Compare every value with the source:
      </Event>
    );
  }
  const { done_at, equal, source_rows, differences, tables } = verification;
  const at = new Date(done_at);
  return (
    <Event
      tone={equal ? "ok" : "bad"}
      when={moment(at, now)}
      then={`Verified ${age(now.getTime() - at.getTime())} ago: every value of every row.`}
    >
      {plural(tables.length, "table")}, {plural(source_rows, "row")},{" "}
      {plural(differences, "difference")}
    </Event>
  );
}

function ReconciliationEvent({ reconciliation, now }: {
  readonly reconciliation: Reconciliation | null;
  readonly now: Date;
}) {
  if (reconciliation === null) {
    return (
      <Event tone="idle" then={<Command text={NEXT.reconcile} />}>
        Not reconciled yet. Find deleted rows:
      </Event>
    );
  }
  const { done_at, finished, tables, refused } = reconciliation;
  return (
    <Event
      tone={refused ? "bad" : "ok"}
      when={moment(new Date(done_at), now)}
      then={repairsOf(reconciliation)}
    >
      {plural(tables, "table")} reconciled
      {!finished && "; the next reconciliation compares the others"}
    </Event>
  );
}

function repairsOf({ deleted, missed, refused }: Reconciliation): string {
  if (refused) return `Nothing was repaired: ${refused}`;
  const repairs = [
    ...Object.entries(deleted).map(([table, rows]) =>
      `removed ${plural(rows, "row")} of ${table} deleted in the source`
    ),
    ...Object.entries(missed).map(([table, rows]) =>
      `loaded ${plural(rows, "row")} of ${table} that runs had missed`
    ),
  ];
  return repairs.length === 0 ? "Nothing to repair." : `Repair: ${listed(repairs)}.`;
}

function comparisonsTitle(
  reconciliation: Reconciliation | null,
  verification: RecordedVerification | null,
): string {
  if (verification && !verification.equal) {
    return `The warehouse differed from the source in ${plural(verification.differences, "row")}`;
  }
  if (reconciliation?.refused) return "A repair waits for your confirmation";
  const repaired = reconciliation === null ? 0 : repairedRows(reconciliation);
  if (repaired > 0) return `The last reconciliation repaired ${plural(repaired, "row")}`;
  if (verification) return "Every row equals the source";
  return reconciliation === null
    ? "The warehouse has not been compared with the source yet"
    : "The last reconciliation found nothing to repair";
}

/** Returns how many rows a reconciliation removed or loaded. */
export function repairedRows({ deleted, missed }: Reconciliation): number {
  return [deleted, missed].flatMap((rows) => Object.values(rows))
    .reduce((sum, rows) => sum + rows, 0);
}

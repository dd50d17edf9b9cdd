import type { Incident } from "../../data/operations/incidents.ts";
import type { Operations } from "../../data/operations/operations.ts";
import type { Tone } from "../../assets.ts";
import { age, int, moment, plural } from "../../layout/format.ts";
import { Tile } from "../../layout/tile.tsx";
import { repairedRows } from "./comparisons_card.tsx";

interface Figure {
  readonly tone: Tone;
  readonly value: string;
  readonly note: string;
}

/** Six figures, each a link to its card: with the verdict, all that matters in five seconds. */
export function Tiles({ operations, incidents }: {
  readonly operations: Operations;
  readonly incidents: readonly Incident[] | null;
}) {
  const now = new Date(operations.now);
  return (
    <ul class="tiles">
      <Tile name="Incidents" href="#incidents" {...incidentFigure(incidents, now)} />
      <Tile name="Quarantine" href="#quarantine" {...quarantineFigure(operations)} />
      <Tile name="Source schema" href="#schema" {...schemaFigure(operations)} />
      <Tile name="Reconciled" href="#comparisons" {...reconciliationFigure(operations, now)} />
      <Tile name="Verified" href="#comparisons" {...verificationFigure(operations, now)} />
      <Tile name="Job runs in 24 h" href="#runs" {...runFigure(operations)} />
    </ul>
  );
}

function incidentFigure(incidents: readonly Incident[] | null, now: Date): Figure {
  if (incidents === null) return { tone: "warn", value: "Unknown", note: "cannot read the lake" };
  const open = incidents.filter(({ is_open }) => is_open);
  if (open.length > 0) {
    const first = open.map(({ since }) => since).sort()[0];
    const tone = open.some(({ severity }) => severity === "error") ? "bad" : "warn";
    return {
      tone,
      value: `${int(open.length)} open`,
      note: `since ${moment(new Date(first), now)}`,
    };
  }
  const last = incidents.flatMap(({ ended }) => ended ?? []).sort().at(-1);
  const note = last === undefined ? "none so far" : `last ended ${moment(new Date(last), now)}`;
  return { tone: "ok", value: "0 open", note };
}

function quarantineFigure({ quarantine: { rows, limit } }: Operations): Figure {
  return {
    tone: rows > limit ? "bad" : rows > 0 ? "warn" : "ok",
    value: plural(rows, "row"),
    note: rows > limit ? `over the limit of ${int(limit)}` : `alert above ${int(limit)}`,
  };
}

function schemaFigure({ schema_changes }: Operations): Figure {
  const stops = schema_changes.filter(({ stops }) => stops).length;
  return {
    tone: stops > 0 ? "bad" : schema_changes.length > 0 ? "warn" : "ok",
    value: schema_changes.length === 0 ? "As expected" : plural(schema_changes.length, "change"),
    note: stops > 0 ? "a table is stopped" : "no table is stopped",
  };
}

function reconciliationFigure({ reconciliation }: Operations, now: Date): Figure {
  if (reconciliation === null) {
    return { tone: "idle", value: "Not yet", note: "checks for deleted rows" };
  }
  const rows = repairedRows(reconciliation);
  const when = `${age(now.getTime() - Date.parse(reconciliation.done_at))} ago`;
  if (reconciliation.refused) return { tone: "bad", value: "Refused", note: when };
  return {
    tone: "ok",
    value: rows === 0 ? "0 repairs" : `Repaired ${int(rows)}`,
    note: reconciliation.finished ? `${when}, all tables` : `${when}, not all tables`,
  };
}

function verificationFigure({ verification }: Operations, now: Date): Figure {
  if (verification === null) {
    return { tone: "idle", value: "Not yet", note: "compares every value" };
  }
  const { equal, differences, warehouse_rows, done_at } = verification;
  const when = `${age(now.getTime() - Date.parse(done_at))} ago`;
  return {
    tone: equal ? "ok" : "bad",
    value: equal ? "Equal" : plural(differences, "difference"),
    note: `${plural(warehouse_rows, "row")}, ${when}`,
  };
}

function runFigure({ day, verdict }: Operations): Figure {
  const tone = verdict.failing.length > 0 ? "bad" : day.runs === 0 ? "idle" : "ok";
  const failed = day.failed === 0 ? "none failed" : `${int(day.failed)} failed`;
  return { tone, value: int(day.runs), note: `${failed}, ${plural(day.rows, "row")}` };
}

/**
 * Reads what the Operations page shows.
 *
 * @module
 */
import type { Model } from "../../../../schemas/model.ts";
import { DATABASE, sourceNames } from "../../../../sdk/derive/source_model.ts";
import type { RecordedRun } from "../../../../sdk/mod.ts";
import { selectRuns } from "../../../../sdk/operate/recorded_runs.ts";
import type { Warehouse } from "../warehouse.ts";
import { ask } from "./ask.ts";
import { readReconciliation, readSkipped, readSources, readVerification } from "./checks.ts";
import { readDay, readJobs } from "./jobs.ts";
import { readLag } from "./lag.ts";
import type { Operations, TableState } from "./operations.ts";
import { LIST_QUARANTINE, readQuarantine } from "./quarantine.ts";
import { latest, readSourceSchema, type SourceSchema } from "./source_schema.ts";
import {
  type ModelTable,
  modelTables,
  readChanges,
  readRowCounts,
  type TableChanges,
  type TableRows,
} from "./tables.ts";
import { verdictOf } from "./verdict.ts";

/** What the answers depend on. A `Dashboard` has all of it. */
export interface OperationsOptions {
  readonly model: Model;
  readonly warehouse: Warehouse;
  /** Milliseconds that the warehouse can be behind the database. */
  readonly freshness_ms: number;
  /** Milliseconds that each further source can be silent; null for any time. */
  readonly sources: ReadonlyMap<string, number | null>;
  /** Rows that can be in quarantine without an alert. */
  readonly quarantine_rows: number;
  readonly now: () => Date;
  /** Runs returned at most. Default: 240. */
  readonly runs?: number;
}

const RUNS = 240;

/**
 * Reads everything that the Operations page shows, but for the incidents. Works in a warehouse without tables,
 * during a first load, and in one that an earlier release has migrated.
 *
 * @throws the error of the database when it cannot be read.
 */
export async function readOperations(options: OperationsOptions): Promise<Operations> {
  const { model, warehouse, quarantine_rows } = options;
  const now = options.now();
  const names = sourceNames(model);
  const reading = ask<RecordedRun>(
    warehouse,
    selectRuns({ job: "extract", limit: options.runs ?? RUNS }),
  );
  const [runs, schema, jobs, day, changes, counts, rejected, sources, ...checks] = await Promise
    .all([
      reading,
      reading.then((runs) => readSourceSchema(warehouse, runs)),
      readJobs(warehouse, names.slice(1)),
      readDay(warehouse, now),
      readChanges(warehouse, now),
      readRowCounts(warehouse, model),
      readQuarantine(warehouse),
      readSources(warehouse, names),
      readReconciliation(warehouse),
      readVerification(warehouse),
      readSkipped(warehouse),
    ]);
  const [reconciliation, verification, skipped] = checks;
  const verdict = verdictOf({
    now,
    objective_ms: options.freshness_ms,
    jobs,
    runs,
    sources,
    counts: counts.filter(({ table }) => model.warehouse.some(({ name }) => name === table)),
    changes: schema.changes,
  });
  const rows = [...rejected.by_table.values()].reduce((sum, rows) => sum + rows, 0);
  const explained = rejected.reasons.reduce((sum, { rows }) => sum + rows, 0);
  return {
    now: now.toISOString(),
    verdict,
    tables: modelTables(model).map((table) =>
      tableState(table, {
        now,
        freshOf: (source) =>
          source === DATABASE ? verdict.fresh_as_of : sources.get(source) ?? null,
        objectiveOf: (source) =>
          source === DATABASE ? options.freshness_ms : options.sources.get(source) ?? null,
        schema,
        changes,
        counts,
        quarantined: rejected.by_table,
      })
    ),
    runs,
    jobs,
    day,
    lag: await readLag(warehouse, now, verdict.fresh_as_of),
    quarantine: {
      rows,
      limit: quarantine_rows,
      reasons: rejected.reasons,
      has_more: rows > explained,
      list: LIST_QUARANTINE,
      retry: "deno task etl quarantine retry",
    },
    schema_changes: schema.changes,
    reconciliation,
    verification,
    skipped,
  };
}

interface Facts {
  readonly now: Date;
  /** Returns what every table of a source reflects. */
  readonly freshOf: (source: string) => string | null;
  readonly objectiveOf: (source: string) => number | null;
  readonly schema: SourceSchema;
  readonly changes: readonly TableChanges[];
  readonly counts: readonly TableRows[];
  readonly quarantined: ReadonlyMap<string, number>;
}

const HOURS = Array.from({ length: 24 }, (_, place) => 23 - place);

function tableState({ spec, source }: ModelTable, facts: Facts): TableState {
  const { now, schema } = facts;
  const from = spec.kind === "calendar" ? undefined : spec.from;
  const isDatabase = source === DATABASE;
  const stopped = isDatabase
    ? schema.changes.find(({ stops, table }) => stops && table === from) ?? null
    : null;
  const fresh_as_of = latest([
    facts.freshOf(source),
    isDatabase ? schema.readAsOf(from ?? "") : null,
  ]);
  const behind_ms = fresh_as_of === null
    ? null
    : Math.max(0, now.getTime() - Date.parse(fresh_as_of));
  const objective_ms = facts.objectiveOf(source);
  const change = facts.changes.find(({ table }) => table === spec.name);
  const count = facts.counts.find(({ table }) => table === spec.name);
  return {
    table: spec.name,
    kind: spec.kind,
    source,
    fresh_as_of,
    behind_ms,
    objective_ms,
    is_late: behind_ms !== null && objective_ms !== null && behind_ms > objective_ms,
    stopped,
    changes_by_hour: HOURS.map((ago) => change?.by_hour?.[ago] ?? 0),
    last_change: change?.last_change ?? null,
    rows: count?.rows ?? null,
    rows_exact: count?.rows_exact ?? false,
    exists: count?.exists ?? false,
    quarantined: facts.quarantined.get(spec.name) ?? 0,
  };
}

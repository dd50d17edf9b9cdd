import type { Incident } from "../../../../../functions/dashboard/data/operations/incidents.ts";
import type {
  LagPoint,
  Operations,
  QuarantineReason,
  TableState,
} from "../../../../../functions/dashboard/data/operations/operations.ts";
import type { RecordedRun } from "../../../../../sdk/mod.ts";

/** The time of every page of a test. */
export const NOW = new Date("2026-11-27T14:21:00.000Z");

const MINUTE_MS = 60_000;
const TABLES = [
  "dim_currency",
  "dim_design",
  "dim_location",
  "dim_payment_type",
  "dim_counterparty",
  "dim_staff",
  "dim_transaction",
  "dim_date",
  "fact_sales_order",
  "fact_purchase_orders",
  "fact_payment",
];

/** Returns a time so many minutes before {@linkcode NOW}. */
export function minutesAgo(minutes: number): string {
  return new Date(NOW.getTime() - minutes * MINUTE_MS).toISOString();
}

/** Returns a run. */
export function run(fields: Partial<RecordedRun> = {}): RecordedRun {
  return {
    started_at: minutesAgo(1),
    job: "extract",
    run: "20261127T142000Z-000000",
    outcome: "unchanged",
    elapsed_ms: 36,
    rows: 0,
    bytes: 0,
    stage_ms: { extract: 36 },
    tables: {},
    lag_ms: null,
    fresh_as_of: null,
    read_as_of: null,
    behind_ms: 60_000,
    quarantined: 3,
    schema_changes: [],
    error: null,
    message: null,
    next: null,
    ...fields,
  };
}

/** Returns a run that failed because the source refused the connection. */
export function failedRun(fields: Partial<RecordedRun> = {}): RecordedRun {
  return run({
    outcome: "failed",
    elapsed_ms: 5_021,
    stage_ms: { extract: 5_021 },
    error: "SourceError",
    message: "cannot connect to the source: connection refused (db.example.com:5432)",
    next: "start the source, then: deno task etl run",
    ...fields,
  });
}

/** Returns an hour of runs, the newest first: some find changes, and one of them many. */
export function hourOfRuns(count = 60): RecordedRun[] {
  return Array.from({ length: count }, (_, i) => {
    const started_at = minutesAgo(i + 0.68);
    if (i !== 19 && (i < 22 || i % 3 === 1)) return run({ started_at });
    const rows = i === 19 ? 68 : 1 + i % 5;
    const transform = i === 19 ? 364 : 8 + i % 7;
    return run({
      started_at,
      outcome: "changed",
      rows,
      bytes: 700 + rows * 362,
      stage_ms: { extract: 31, transform, load: 40 + i % 40 },
      elapsed_ms: 71 + transform + i % 40,
      tables: i === 19
        ? { fact_sales_order: 40, fact_payment: 20, dim_transaction: 8, dim_date: 1 }
        : { [i % 2 ? "fact_payment" : "fact_sales_order"]: rows },
    });
  });
}

/** Returns a table that is fresh. */
export function table(name: string, fields: Partial<TableState> = {}): TableState {
  const isBusy = name.startsWith("fact_") || name === "dim_transaction";
  return {
    table: name,
    kind: name === "dim_date" ? "calendar" : name.startsWith("fact_") ? "fact" : "dimension",
    source: "database",
    fresh_as_of: minutesAgo(0.7),
    behind_ms: 42_000,
    objective_ms: 30 * MINUTE_MS,
    is_late: false,
    stopped: null,
    changes_by_hour: Array.from(
      { length: 24 },
      (_, hour) => isBusy && (hour < 4 || hour > 17) ? (hour * 7 + name.length) % 11 : 0,
    ),
    exists: true,
    last_change: isBusy ? minutesAgo(20) : minutesAgo(3 * 24 * 60),
    rows: isBusy ? 11_187 : 20 * name.length,
    rows_exact: true,
    quarantined: 0,
    ...fields,
  };
}

/** Returns the lag of a day: the source was down from 11:06 to 11:25. */
export function dayOfLag(nowBehind_min = 1): LagPoint[] {
  return Array.from({ length: 288 }, (_, i) => {
    const minutes = (287 - i) * 5;
    const down = minutes >= 175 && minutes < 195 ? 195 - minutes : 0;
    const late = minutes < nowBehind_min ? nowBehind_min - minutes : 0;
    const behind_ms = (Math.max(1, down, late) + (i % 3) / 50) * MINUTE_MS;
    return { at: minutesAgo(minutes), behind_ms };
  });
}

/** Returns a reason for quarantine. */
export function reason(fields: Partial<QuarantineReason> = {}): QuarantineReason {
  const { table = "fact_sales_order" } = fields;
  return {
    table,
    column: "agreed_delivery_date",
    rule: "is not a date",
    orphaned: false,
    rows: 1,
    since: minutesAgo(40),
    examples: [{ key: "11144", show: `deno task etl quarantine show ${table} 11144` }],
    ...fields,
  };
}

/** Returns what the page of a healthy warehouse shows. */
export function fresh(fields: Partial<Operations> = {}): Operations {
  const runs = hourOfRuns();
  const job = {
    outcome: "unchanged",
    error: null,
    message: null,
    next: null,
    command: null,
  } as const;
  const calm = { failing_since: null, failures: 0 };
  return {
    now: NOW.toISOString(),
    verdict: {
      status: "fresh",
      fresh_as_of: minutesAgo(0.7),
      behind_ms: 42_000,
      objective_ms: 30 * MINUTE_MS,
      failing: [],
      last_success: runs[0],
    },
    tables: [
      ...TABLES.map((name) => table(name)),
      table("fact_exchange_rate", {
        source: "rates",
        behind_ms: 22 * 60 * MINUTE_MS,
        objective_ms: 48 * 60 * MINUTE_MS,
        rows: 1_204,
      }),
      table("fact_sales_target", {
        source: "files",
        behind_ms: 12 * 24 * 60 * MINUTE_MS,
        objective_ms: null,
        rows: 240,
      }),
    ],
    runs,
    jobs: [
      { job: "extract", at: minutesAgo(0.7), ...job, ...calm },
      { job: "files", at: minutesAgo(21), ...job, ...calm },
      { job: "load", at: minutesAgo(6), ...job, ...calm },
      { job: "rates", at: minutesAgo(81), ...job, outcome: "changed", ...calm },
      { job: "reconcile", at: minutesAgo(3), ...job, outcome: "changed", ...calm },
    ],
    day: { runs: 1_439, failed: 20, rows: 1_004, bytes: 404_000 },
    lag: dayOfLag(),
    quarantine: {
      rows: 3,
      limit: 100,
      reasons: [
        reason(),
        reason({ column: "unit_price", rule: "has too many digits" }),
        reason({
          table: "fact_purchase_orders",
          column: null,
          rule: "refers to a missing row",
          orphaned: true,
        }),
      ],
      has_more: false,
      list: "deno task etl quarantine list",
      retry: "deno task etl quarantine retry",
    },
    schema_changes: [{
      table: "design",
      column: "recycled_percent",
      kind: "column added",
      stops: false,
      message:
        "design.recycled_percent (integer) is new: it is kept in the lake, but not loaded; add it to the spec to load it",
      since: minutesAgo(26),
    }],
    reconciliation: {
      done_at: minutesAgo(3),
      finished: true,
      tables: 10,
      deleted: { payment: 4 },
      missed: {},
      refused: null,
    },
    verification: {
      done_at: minutesAgo(125),
      equal: true,
      source_rows: 48_812,
      warehouse_rows: 48_812,
      differences: 0,
      tables: TABLES.map((table) => ({
        table,
        source_rows: 4_437,
        warehouse_rows: 4_437,
        differences: 0,
      })),
    },
    skipped: [],
    ...fields,
  };
}

/** Returns the incident of an outage that is over. */
export function endedIncident(): Incident {
  return {
    is_open: false,
    severity: "error",
    since: minutesAgo(195),
    ended: minutesAgo(176),
    title: "The run failed in extract: cannot connect to the source",
    meaning: "",
    next: null,
  };
}

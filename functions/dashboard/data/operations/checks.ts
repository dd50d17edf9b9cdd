import { DATABASE } from "../../../../sdk/derive/source_model.ts";
import type { RecordedVerification } from "../../../../sdk/mod.ts";
import { SELECT_VERIFICATION } from "../../../../sdk/operate/verifications.ts";
import type { Warehouse } from "../warehouse.ts";
import { ask, utc } from "./ask.ts";
import type { Reconciliation, SkippedCommit } from "./operations.ts";

interface Step extends Omit<Reconciliation, "tables"> {
  readonly compared: number;
}

/** Runs of one comparison that are added up: each compares some of the tables. */
const MAX_STEPS = 100;
const MAX_SKIPPED = 20;

/** Reads the last comparison of all tables, which can have taken several runs; null before the first. */
export async function readReconciliation(warehouse: Warehouse): Promise<Reconciliation | null> {
  const text = `SELECT ${utc("done_at")} AS done_at, finished, refused, deleted, missed,
  jsonb_array_length(tables) AS compared
FROM etl.reconciliation r ORDER BY r.done_at DESC LIMIT ${MAX_STEPS}`;
  const steps = await ask<Step>(warehouse, { text });
  const earlier = steps.findIndex(({ finished }, place) => place > 0 && finished);
  const pass = earlier === -1 ? steps : steps.slice(0, earlier);
  if (pass.length === 0) return null;
  const [{ done_at, finished, refused, compared }] = pass;
  return {
    done_at,
    finished,
    refused,
    tables: compared,
    deleted: sums(pass.map(({ deleted }) => deleted)),
    missed: sums(pass.map(({ missed }) => missed)),
  };
}

function sums(records: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const sum: Record<string, number> = {};
  for (const [name, rows] of records.flatMap(Object.entries)) sum[name] = (sum[name] ?? 0) + rows;
  return sum;
}

/** Reads the last recorded verification; null without one. */
export async function readVerification(warehouse: Warehouse): Promise<RecordedVerification | null> {
  const [last] = await ask<RecordedVerification>(warehouse, { text: SELECT_VERIFICATION });
  return last ?? null;
}

/** Reads the newest skipped commits. A comparison of all rows makes up for those of the database. */
export async function readSkipped(warehouse: Warehouse): Promise<SkippedCommit[]> {
  const text = `SELECT source, sequence::float8 AS sequence, ${utc("taken_at")} AS taken_at,
  ${utc("applied_at")} AS applied_at, reason
FROM etl.skipped_commit s
WHERE source <> $1 OR ingestion_sequence >
  (SELECT coalesce(max(ingestion_sequence), 0) FROM etl.reconciliation WHERE finished)
ORDER BY s.applied_at DESC LIMIT ${MAX_SKIPPED}`;
  return await ask<SkippedCommit>(warehouse, { text, values: [DATABASE] });
}

/** A source of documents. */
export interface DocumentSource {
  readonly source: string;
  /** When its last loaded document arrived. */
  readonly arrived_at: string;
}

/** Reads when the last commit of each source was taken. */
export async function readSources(
  warehouse: Warehouse,
  names: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const text = `SELECT s.source, ${utc("last.taken_at")} AS arrived_at
FROM jsonb_array_elements_text($1::text::jsonb) AS s(source) CROSS JOIN LATERAL (
  SELECT a.taken_at FROM etl.applied_commit a WHERE a.source = s.source
  ORDER BY a.sequence DESC LIMIT 1
) last`;
  const values = [JSON.stringify(names)];
  const rows = await ask<DocumentSource>(warehouse, { text, values });
  return new Map(rows.map(({ source, arrived_at }) => [source, arrived_at]));
}

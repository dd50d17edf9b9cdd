/**
 * Validates commits. The annotations make the compiler compare these schemas with the interfaces in
 * `commit.ts`, which are public.
 *
 * @module
 */
import * as v from "valibot";
import type { Commit, DataObject, IngestionCommit, ProcessedCommit } from "./commit.ts";
import { FORMAT } from "./upgrades/upgrades.ts";

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const sequence = v.pipe(v.number(), v.safeInteger(), v.minValue(1));
const name = v.pipe(v.string(), v.nonEmpty());
const xid8 = v.pipe(v.string(), v.regex(/^\d+$/));
const time = v.pipe(v.string(), v.regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/));

const mode = v.picklist(["full", "delta", "reconcile"]);

const dataObject: v.GenericSchema<unknown, DataObject> = v.object({
  key: name,
  rows: count,
  bytes: count,
  sha256: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)),
});

/**
 * Returns the schema of a record by table. Valibot's own record silently drops tables called
 * `constructor`, `prototype` or `__proto__`.
 */
function byTable<T>(
  value: v.GenericSchema<unknown, T>,
): v.GenericSchema<unknown, Record<string, T>> {
  return v.pipe(
    v.custom<Record<string, unknown>>(isRecord, "Expected an object"),
    v.rawTransform(({ dataset, addIssue, NEVER }) => {
      const entries: [string, T][] = [];
      for (const [table, input] of Object.entries(dataset.value)) {
        const { success, output, issues } = v.safeParse(value, input);
        if (success) {
          entries.push([table, output]);
          continue;
        }
        const path = v.getDotPath(issues[0]);
        addIssue({ message: `${table}${path === null ? "" : `.${path}`}: ${issues[0].message}` });
        return NEVER;
      }
      return Object.fromEntries(entries);
    }),
  );
}

function isRecord(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const ingestion: v.GenericSchema<unknown, IngestionCommit> = v.object({
  format: v.literal(FORMAT),
  zone: v.literal("ingestion"),
  sequence,
  run: name,
  mode,
  snapshot: v.object({
    system: name,
    database: name,
    taken_at: time,
    xmin: xid8,
    xmax: xid8,
    visible: v.array(count),
  }),
  columns: byTable(v.array(v.string())),
  keys: byTable(name),
  partial: byTable(v.string()),
  tables: byTable(dataObject),
  deleted: byTable(dataObject),
});

const processed: v.GenericSchema<unknown, ProcessedCommit> = v.object({
  format: v.literal(FORMAT),
  zone: v.literal("processed"),
  sequence,
  run: name,
  ingestion_sequence: sequence,
  ingestion_run: name,
  mode,
  transform_version: name,
  taken_at: time,
  incomplete: v.array(v.string()),
  keys: byTable(name),
  skipped: v.optional(name),
  tables: byTable(dataObject),
  deleted: byTable(dataObject),
  quarantined: byTable(dataObject),
});

const schemas = { ingestion, processed };

/** Validates a commit of a zone. Returns the commit, or the first problem in words. */
export function checkCommit(
  value: unknown,
  zone: Commit["zone"],
): { readonly commit: Commit } | { readonly problem: string } {
  const result = v.safeParse(schemas[zone] as v.GenericSchema<unknown, Commit>, value);
  if (result.success) return { commit: result.output };
  const issue = result.issues[0];
  const path = v.getDotPath(issue);
  return { problem: path === null ? issue.message : `${path}: ${issue.message}` };
}

import { type Model, totesys } from "../../../schemas/model.ts";
import type { Value } from "../../../schemas/columns.ts";
import { sourceTable } from "../../derive/source_table.ts";
import { LakeError, MassDeletionError, SourceError, WarehouseError } from "../../errors.ts";
import { discontinuity, readPosition } from "../../extract/snapshot.ts";
import type { SchemaChange } from "../../extract/schema_changes.ts";
import { openSource } from "../../extract/source_schema.ts";
import { extractRepair, type Keys, type Repair, type RepairBatch } from "../../extract/repair.ts";
import { type IngestionCommit, isPartial } from "../../lake/commit.ts";
import type { CommitLog } from "../../lake/commit_log.ts";
import { runId } from "../../lake/keys.ts";
import { ingestionZone } from "../../lake/zone.ts";
import {
  type ReconcilePass,
  recordReconciliation,
  unfinishedPass,
} from "../../load/warehouse_status.ts";
import { quarantinedKeys } from "../../load/quarantine.ts";
import { load } from "../../load/load.ts";
import type { PipelineOptions } from "../../options.ts";
import { connect, type Connection, SHORT_LOCK_TIMEOUT } from "../../postgres/connection.ts";
import { wrapError } from "../../postgres/wrap_error.ts";
import { identifier } from "../../postgres/sql.ts";
import type { DerivedTable } from "../../transform/rows.ts";
import { transform } from "../../transform/transform.ts";
import { totesysTransforms } from "../../transform/transforms.ts";
import { type AlertListener, reconcileAlerts } from "../alerts.ts";
import { beginComparison, type Comparison } from "./comparison.ts";
import { throwIfStopped } from "../stop.ts";
import { refuseMassDeletion } from "./mass_deletion.ts";

/** The options of {@linkcode reconcile}. */
export interface ReconcileOptions extends PipelineOptions {
  /**
   * Percent of a table's rows that can be missing in the source before the source itself must be wrong.
   * 100 missing rows are always accepted. Default: no limit.
   */
  readonly deletionLimit?: number;
  /** Receives an alert about rows that deltas missed, as soon as their repair is committed. */
  readonly onAlert?: AlertListener;
}

/** What a reconciliation found and did. */
export interface ReconcileResult {
  /**
   * `clean`: nothing was amiss. `repaired`: the repair is in the warehouse. `overtaken`: every row is
   * being read again meanwhile, or another reconciliation was faster, and nothing was done.
   */
  readonly outcome: "clean" | "repaired" | "overtaken";
  /** Whether every table has been compared; if not, the next reconciliation goes on with the others. */
  readonly finished: boolean;
  /** Rows deleted in the source, by source table. */
  readonly deleted: Readonly<Record<string, number>>;
  /** Rows that every extraction had missed, by source table. There should never be one. */
  readonly missed: Readonly<Record<string, number>>;
  /** Rows that differ because they changed since the last extraction; the next one brings them. */
  readonly in_flight: number;
  /** Rows that are in quarantine now. */
  readonly quarantined: number;
  /** The commit that carries the repair through the lake. */
  readonly commit: IngestionCommit | null;
  /** How the source differs from the specs. Tables that this stops were not compared. */
  readonly schema: readonly SchemaChange[];
}

const STAGE = { stage: "reconcile" };

/**
 * Compares every row of the source with the warehouse, and repairs what deltas cannot see: rows that
 * were deleted, and any row that ever slipped. The repair goes through the lake like every change.
 *
 * With a signal it goes table by table: once that is aborted, it ends with the table at hand, and the
 * next one with a signal goes on from there. Without a signal it compares them all.
 *
 * @throws {SourceError} when the source cannot be read, or is another one.
 * @throws {MassDeletionError} when it lacks more than its `deletionLimit`.
 * @throws {WarehouseError} when the warehouse cannot be read or written, or has no tables yet.
 * @throws {LakeError} when a zone cannot be read or written, or nothing has been extracted yet.
 * @throws {StoppedError} when its signal was aborted with one. Nothing was done, or all of it.
 */
export async function reconcile(pipeline: ReconcileOptions): Promise<ReconcileResult> {
  // The stages are not to be stopped halfway: what has not been loaded yet would pass for missing.
  const options = { ...pipeline, signal: undefined, run: pipeline.run ?? runId(new Date()) };
  const { log } = ingestionZone(pipeline.ingestion);
  const compared = await log.head();
  if (!compared) throw nothingToCompare("nothing has been extracted yet");
  const unread = Object.keys(compared.partial);
  if (unread.length > 0) throw nothingToCompare(`the first load of ${unread} has not ended yet`);
  await transform(options);
  let { quarantined } = await load(options);
  throwIfStopped(pipeline.signal);
  await using warehouse = connect(pipeline.warehouse);
  const recorded = wrapError(WarehouseError, "cannot record the reconciliation", STAGE);
  const begun = pipeline.signal && await unfinishedPass(warehouse).catch(recorded);
  const round = begun ?? { ingestion_sequence: compared.sequence, tables: [] };
  let found = await findRepair({ ...options, signal: pipeline.signal }, compared, round)
    .catch(async (error) => {
      if (!(error instanceof MassDeletionError)) throw error;
      // It is for a person to decide: until they have, not every tick has to ask again.
      await recordReconciliation(warehouse, round, refused(error)).catch(recorded);
      throw error;
    });
  for (let attempt = 1; found.commit && !await log.append(found.commit); attempt++) {
    const newest = (await log.head())!;
    if (attempt === ATTEMPTS || !await onlyDeltasSince(compared, log)) {
      return { outcome: "overtaken", ...resultOf(found), quarantined, commit: null };
    }
    throwIfStopped(pipeline.signal);
    found = { ...found, ...await findAgain(options, found.repair, newest) };
  }
  if (found.commit) {
    for (const alert of reconcileAlerts(resultOf(found).missed)) await pipeline.onAlert?.(alert);
    await transform(options);
    ({ quarantined } = await load(options));
  }
  const result = resultOf(found);
  await recordReconciliation(warehouse, { ...round, tables: found.tables }, result).catch(recorded);
  return { outcome: found.commit ? "repaired" : "clean", ...result, quarantined };
}

/** How often a repair is tried that others are faster than: looking again takes a moment. */
const ATTEMPTS = 10;

/** What there is to repair, and the differences between the source and the specs. */
interface Found extends RepairBatch {
  readonly schema: readonly SchemaChange[];
  /** The tables that have been compared in this round, and whether these are all. */
  readonly tables: readonly string[];
  readonly finished: boolean;
}

function resultOf(
  { repair: { changed, deleted }, finished, in_flight, commit, schema }: Found,
): Omit<ReconcileResult, "outcome" | "quarantined"> {
  return {
    finished,
    deleted: counts(deleted),
    missed: counts(changed),
    in_flight,
    commit,
    schema,
  };
}

function nothingToCompare(because: string): LakeError {
  return new LakeError(`cannot reconcile: ${because}`, {
    ...STAGE,
    next: { operations: [{ name: "run" }] },
  });
}

/** What is recorded of a comparison that was given up. */
function refused({ message }: MassDeletionError) {
  return { finished: true, deleted: {}, missed: {}, refused: message };
}

/** Whether a comparison still holds: nobody has repaired since, or begun to read every row again. */
async function onlyDeltasSince(
  { sequence }: IngestionCommit,
  log: CommitLog<IngestionCommit>,
): Promise<boolean> {
  for await (const commit of log.after(sequence)) {
    if (commit.mode !== "delta" || isPartial(commit)) return false;
  }
  return true;
}

type Options = ReconcileOptions & { readonly run: string };

async function findRepair(
  options: Options,
  previous: IngestionCommit,
  round: ReconcilePass,
): Promise<Found> {
  const { model = totesys, transforms = totesysTransforms } = options;
  await using source = connect(options.source, SHORT_LOCK_TIMEOUT);
  await using warehouse = connect(options.warehouse);
  const comparison = await beginComparison({ source, warehouse, model, transforms, ...STAGE });
  await refuseOtherSource(source, previous);
  const tables = [...round.tables];
  const repair = await compare(comparison, options, tables);
  throwIfStopped(options.signal);
  const { schema } = comparison;
  const batch = await extractRepair(source, repair, { ...options, schema, previous });
  const finished = comparable(comparison).every(({ name }) => tables.includes(name));
  return { ...batch, schema: schema.changes, tables, finished };
}

/**
 * The same repair after a newer commit, as the source is now. What slipped before has slipped still:
 * the newer commit read what changed, and these rows had not. A deleted row may have come back.
 */
async function findAgain(
  options: Options,
  { changed, deleted }: Repair,
  previous: IngestionCommit,
): Promise<RepairBatch & Pick<Found, "schema">> {
  const { model = totesys } = options;
  await using source = connect(options.source, SHORT_LOCK_TIMEOUT);
  const schema = await openSource(source, model, STAGE.stage);
  await refuseOtherSource(source, previous);
  const gone = new Map<string, ReadonlySet<Value>>();
  for (const { name } of schema.model.source) {
    const keys = [...deleted.get(name) ?? []];
    const present = await presentKeys(source, name, model, keys.map(String));
    const absent = keys.filter((key) => !present.has(String(key)));
    if (absent.length > 0) gone.set(name, new Set(absent));
  }
  const repair = { changed, deleted: gone };
  const batch = await extractRepair(source, repair, { ...options, schema, previous });
  return { ...batch, schema: schema.changes };
}

/** A calendar is made of the facts' dates: it has no rows of its own to miss. */
function comparable({ model }: Comparison): DerivedTable[] {
  return model.warehouse.filter((table) => table.kind !== "calendar");
}

/** Compares tables that have not been compared in this round, and adds their names to those that have. */
async function compare(
  comparison: Comparison,
  options: Options,
  tables: string[],
): Promise<Repair> {
  const { source, warehouse, model } = comparison;
  const changed = new Map<string, Set<Value>>();
  const deleted = new Map<string, Set<Value>>();
  for (const table of comparable(comparison)) {
    if (tables.includes(table.name)) continue;
    throwIfStopped(options.signal);
    const quarantined = await quarantinedKeys(warehouse, table.name)
      .catch(wrapError(WarehouseError, "cannot read the quarantine", STAGE));
    const { found } = await comparison.derived(table, ({ key, kind }) => {
      const waits = quarantined.get(String(key));
      quarantined.delete(String(key));
      if (kind === "extra") add(deleted, table.from, key);
      else if (kind === "invalid" ? waits === undefined : !waits) add(changed, table.from, key);
    }).catch(wrapError(SourceError, `cannot compare ${table.name}`, STAGE));
    refuseMassDeletion(
      table.from,
      deleted.get(table.from)?.size ?? 0,
      found,
      options.deletionLimit,
    );
    // What no difference told of is gone from the source, or is again as the warehouse has it.
    const isNumber = table.columns[table.key].type === "integer";
    const present = await presentKeys(source, table.from, model, [...quarantined.keys()]);
    for (const key of quarantined.keys()) {
      add(present.has(key) ? changed : deleted, table.from, isNumber ? Number(key) : key);
    }
    tables.push(table.name);
    if (options.signal?.aborted) break;
  }
  return { changed, deleted };
}

/** Those of the keys, as text, that a source table has. */
async function presentKeys(
  source: Connection,
  name: string,
  model: Model,
  keys: readonly string[],
): Promise<Set<string>> {
  if (keys.length === 0) return new Set();
  const key = identifier(sourceTable(model, name).key);
  const rows = await source.query<{ key: string }>(
    `SELECT ${key}::text AS key FROM ${identifier(name)}
WHERE ${key}::text IN (SELECT jsonb_array_elements_text($1::text::jsonb))`,
    [JSON.stringify(keys)],
  ).catch(wrapError(SourceError, `cannot read ${name}`, STAGE));
  return new Set(rows.map(({ key }) => key));
}

/** Compared with another source, every row it lacks would seem to be deleted. */
async function refuseOtherSource(source: Connection, previous: IngestionCommit): Promise<void> {
  const position = await readPosition(source)
    .catch(wrapError(SourceError, "cannot read the source", STAGE));
  const gap = discontinuity(previous.snapshot, position);
  if (!gap) return;
  throw new SourceError(`cannot reconcile: ${gap.reason}`, {
    ...STAGE,
    next: gap.same_database ? { operations: [{ name: "run" }] } : {
      advice: "correct `source`",
      or: {
        condition: "this is the right database (moved, or restored from a dump)",
        operations: [{ name: "extract", full: true }],
      },
    },
  });
}

function add(keys: Map<string, Set<Value>>, table: string, key: Value): void {
  if (!keys.has(table)) keys.set(table, new Set());
  keys.get(table)!.add(key);
}

function counts(keys: Keys): Record<string, number> {
  return Object.fromEntries([...keys].map(([table, { size }]) => [table, size]));
}

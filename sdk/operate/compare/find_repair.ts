/**
 * Finds the rows that a reconciliation has to repair, and writes them as a batch.
 *
 * @module
 */
import { type Model, totesys } from "../../../schemas/model.ts";
import type { Value } from "../../../schemas/columns.ts";
import type { DerivedTable } from "../../../schemas/table.ts";
import { sourceTable } from "../../derive/source_table.ts";
import { SourceError, WarehouseError } from "../../errors.ts";
import { JOIN_SESSION } from "../../extract/ancestors.ts";
import type { BatchOptions } from "../../extract/batch.ts";
import { extractRepair, type Repair, type RepairBatch } from "../../extract/repair.ts";
import type { SchemaChange } from "../../extract/schema_changes.ts";
import { discontinuity, OTHER_DATABASE } from "../../extract/source_identity.ts";
import { openSource } from "../../extract/source_schema.ts";
import { readPosition } from "../../extract/source_position.ts";
import type { DatabaseCommit } from "../../lake/commit.ts";
import { quarantinedKeys } from "../../load/quarantine.ts";
import type { PipelineOptions } from "../../options.ts";
import { type Connection, SHORT_LOCK_TIMEOUT } from "../../postgres/connection.ts";
import { acquireConnection } from "../../postgres/kept_connections.ts";
import { progressMeter } from "../../progress.ts";
import { wrapError } from "../../postgres/wrap_error.ts";
import { identifier } from "../../postgres/sql.ts";
import { throwIfStopped } from "../stop.ts";
import { beginComparison, type Comparison } from "./comparison.ts";
import { refuseMassDeletion } from "./mass_deletion.ts";

const STAGE = { stage: "reconcile" };
/** The settings of an extraction's session, which is used again. */
const READ_SESSION = { ...SHORT_LOCK_TIMEOUT, ...JOIN_SESSION };

/** The options of a search for differences. */
export interface FindRepairOptions extends
  Pick<
    PipelineOptions,
    "source" | "warehouse" | "model" | "signal" | "onProgress"
  >,
  Omit<BatchOptions, "progress"> {
  /** Percent of a table's rows that can be missing in the source. Default: no limit. */
  readonly deletionLimit?: number;
  /**
   * The warehouse tables of which only the keys are compared, with their number of rows; no others
   * are. By default, every value of every table is compared.
   */
  readonly keysOf?: ReadonlyMap<string, number>;
}

/** The differences between source and warehouse, as a batch that repairs them. */
export interface FoundRepair extends RepairBatch {
  /** Differences between the source and the specs. */
  readonly schema: readonly SchemaChange[];
  /** The warehouse tables that this pass has compared so far. */
  readonly tables: readonly string[];
  /** Whether these are all tables. */
  readonly finished: boolean;
}

/**
 * Compares the tables that a pass has not compared yet, and writes the objects of a commit that
 * repairs the differences. Stops after the current table when the signal is aborted.
 *
 * @throws {SourceError} when the source cannot be read, or is another database.
 * @throws {WarehouseError} when the warehouse cannot be read.
 * @throws {MassDeletionError} when more than `deletionLimit` percent of a table's rows are missing.
 * @throws {StoppedError} when the signal was aborted with one.
 */
export async function findRepair(
  options: FindRepairOptions,
  previous: DatabaseCommit,
  compared: readonly string[],
): Promise<FoundRepair> {
  const { model = totesys } = options;
  await using source = acquireConnection(options.source, READ_SESSION);
  await using warehouse = acquireConnection(options.warehouse);
  const progress = progressMeter("compare", options.onProgress);
  const comparison = await beginComparison({ source, warehouse, model, progress, ...STAGE });
  await refuseOtherSource(source, previous);
  const tables = [...compared];
  const repair = await compareTables(comparison, options, tables);
  throwIfStopped(options.signal);
  const { schema } = comparison;
  const batch = await extractRepair(source, repair, { ...options, schema, previous });
  // So that the connections can be used again. Nobody waits for the answers.
  for (const connection of [source, warehouse]) connection.query("COMMIT").catch(() => {});
  const finished = comparableTables(comparison, options)
    .every(({ name }) => tables.includes(name));
  return { ...batch, schema: schema.changes, tables, finished };
}

/**
 * Writes the same repair again, to follow a newer commit. A row that extractions missed is still
 * missed: the newer commit read only rows that changed. A deleted row can have been inserted again.
 *
 * @throws {SourceError} when the source cannot be read, or is another database.
 */
export async function rebaseRepair(
  options: FindRepairOptions,
  { changed, deleted }: Repair,
  previous: DatabaseCommit,
): Promise<RepairBatch & Pick<FoundRepair, "schema">> {
  const { model = totesys } = options;
  await using source = acquireConnection(options.source, READ_SESSION);
  const schema = await openSource(source, model, STAGE.stage);
  await refuseOtherSource(source, previous);
  const stillDeleted = new Map<string, ReadonlySet<Value>>();
  for (const { name } of schema.model.source) {
    const keys = [...deleted.get(name) ?? []];
    const present = await presentKeys(source, name, model, keys.map(String));
    const absent = keys.filter((key) => !present.has(String(key)));
    if (absent.length > 0) stillDeleted.set(name, new Set(absent));
  }
  const repair = { changed, deleted: stillDeleted };
  const batch = await extractRepair(source, repair, { ...options, schema, previous });
  return { ...batch, schema: schema.changes };
}

/**
 * Returns the tables to compare. A calendar is derived from the dates of the facts, so it has no
 * source rows.
 */
function comparableTables(
  { model }: Comparison,
  { keysOf }: FindRepairOptions,
): DerivedTable[] {
  return model.warehouse.filter((table) => table.kind !== "calendar")
    .filter(({ name }) => keysOf?.has(name) ?? true);
}

/** The differences found so far, by source table. */
interface Found {
  readonly changed: Map<string, Set<Value>>;
  readonly deleted: Map<string, Set<Value>>;
}

/** Compares the tables whose names are not in `tables`, and adds their names. */
async function compareTables(
  comparison: Comparison,
  options: FindRepairOptions,
  tables: string[],
): Promise<Repair> {
  const found: Found = { changed: new Map(), deleted: new Map() };
  const rest = comparableTables(comparison, options).filter(({ name }) => !tables.includes(name));
  if (!options.keysOf) {
    await comparison.expectRows(rest)
      .catch(wrapError(SourceError, "cannot read the source", STAGE));
  }
  for (const table of rest) {
    throwIfStopped(options.signal);
    const rows = options.keysOf?.get(table.name);
    if (rows === undefined) await compareTable(comparison, table, found, options.deletionLimit);
    else await compareTableKeys(comparison, table, found, rows, options.deletionLimit);
    tables.push(table.name);
    if (options.signal?.aborted) break;
  }
  return found;
}

async function compareTable(
  comparison: Comparison,
  table: DerivedTable,
  { changed, deleted }: Found,
  deletionLimit: number | undefined,
): Promise<void> {
  const { source, warehouse, model } = comparison;
  const quarantined = await quarantinedKeys(warehouse, table.name)
    .catch(wrapError(WarehouseError, "cannot read the quarantine", STAGE));
  const { found } = await comparison.compareDerived(table, ({ key, kind, reason }) => {
    const orphaned = quarantined.get(String(key));
    quarantined.delete(String(key));
    // Reading a row that is left out again writes its tombstone.
    if (kind === "extra") addKey(reason === undefined ? deleted : changed, table.from, key);
    else if (kind === "invalid" ? orphaned === undefined : !orphaned) {
      addKey(changed, table.from, key);
    }
  }).catch(wrapError(SourceError, `cannot compare ${table.name}`, STAGE));
  refuseMassDeletion(table.from, deleted.get(table.from)?.size ?? 0, found, deletionLimit);
  // The other rows in quarantine were deleted in the source, or equal the warehouse's rows again.
  const isNumber = table.columns[table.key].type === "integer";
  const present = await presentKeys(source, table.from, model, [...quarantined.keys()]);
  for (const key of quarantined.keys()) {
    addKey(present.has(key) ? changed : deleted, table.from, isNumber ? Number(key) : key);
  }
}

async function compareTableKeys(
  comparison: Comparison,
  table: DerivedTable,
  { changed, deleted }: Found,
  rows: number,
  deletionLimit: number | undefined,
): Promise<void> {
  await comparison.compareKeys(table, rows, ({ key, kind }) => {
    if (kind === "extra") addKey(deleted, table.from, key);
    // Any other row can be one that the row function leaves out.
    else if (!table.row) addKey(changed, table.from, key);
  }).catch(wrapError(SourceError, `cannot compare the keys of ${table.name}`, STAGE));
  refuseMassDeletion(table.from, deleted.get(table.from)?.size ?? 0, rows, deletionLimit);
}

/** Returns those of the keys, as text, that a source table has. */
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

/** Refuses another source: every row that it does not have would look deleted. */
async function refuseOtherSource(source: Connection, previous: DatabaseCommit): Promise<void> {
  const position = await readPosition(source)
    .catch(wrapError(SourceError, "cannot read the source", STAGE));
  const gap = discontinuity(previous.snapshot, position);
  if (!gap) return;
  throw new SourceError(`cannot reconcile: ${gap.reason}`, {
    ...STAGE,
    next: gap.isSameDatabase ? { operations: [{ name: "run" }] } : OTHER_DATABASE,
  });
}

function addKey(keys: Map<string, Set<Value>>, table: string, key: Value): void {
  if (!keys.has(table)) keys.set(table, new Set());
  keys.get(table)!.add(key);
}

/**
 * Deletes, found at the next tick. A delete leaves no row version that an extraction could read, but
 * it makes the source's table shorter than the warehouse's. The scan that looks for changes also
 * counts the table, in the same snapshot, and the loader keeps count of the rows that it loaded
 * (`etl.row_count`). When the warehouse shows exactly that snapshot, equal counts mean that no row
 * was deleted: insertions are loaded, so nothing else can even out a delete.
 *
 * When they differ, the keys of that table are compared (see `compare_keys.ts`), and the deleted
 * rows travel through the lake as tombstones, as those that {@linkcode reconcile} finds.
 *
 * @module
 */
import { MassDeletionError, WarehouseError } from "../../errors.ts";
import type { SourceCounts } from "../../extract/extract.ts";
import type { Repair } from "../../extract/repair.ts";
import { databaseZone } from "../../lake/zone.ts";
import {
  addLeftOut,
  countRows,
  doubtRowCounts,
  readRowCounts,
  type RowCounts,
  suspendRowCounts,
} from "../../load/row_counts.ts";
import { type Model, totesys } from "../../../schemas/model.ts";
import type { DerivedTable } from "../../../schemas/table.ts";
import { acquireConnection } from "../../postgres/kept_connections.ts";
import { wrapError } from "../../postgres/wrap_error.ts";
import type { ReconcileOptions, ReconcileResult } from "./apply_repair.ts";
import { refuseMassDeletion } from "./mass_deletion.ts";

/** The options of {@linkcode reconcileCounts}. */
type Options = ReconcileOptions & { readonly run: string };

const wrap = wrapError(WarehouseError, "cannot count the warehouse's rows", { stage: "reconcile" });

/**
 * Compares the keys of the tables whose rows the source and the warehouse count differently, and
 * repairs the differences. Returns null when all counts are equal, or belong to different commits.
 *
 * @throws {SourceError} when the source cannot be read.
 * @throws {WarehouseError} when the warehouse cannot be read or written.
 * @throws {LakeError} when a zone cannot be read or written.
 * @throws {MassDeletionError} when more rows of a table are missing than a tick deletes. The next
 * ticks leave the table alone; {@linkcode reconcile} can confirm the delete.
 */
export async function reconcileCounts(
  options: Options,
  source: SourceCounts,
  warehouse: RowCounts,
  quarantined: number,
): Promise<ReconcileResult | null> {
  if (warehouse.ingestion_sequence !== source.sequence) return null;
  const { model = totesys } = options;
  const isCounted = ({ from }: DerivedTable) => source.rows.has(from);
  const counts = await countMissing(options.warehouse, model, warehouse, isCounted);
  const differing = differingTables(source, counts);
  if (differing.length === 0) return null;
  // Most ticks do without.
  const { findRepair } = await import("./find_repair.ts");
  const { applyRepair } = await import("./apply_repair.ts");
  const compared = await databaseZone(options.ingestion).log.read(source.sequence);
  const keysOf = new Map(differing.map(({ table, rows }) => [table.name, rows]));
  const find = async () => {
    // Before their keys fill the memory. The counts differ by no more rows than were deleted.
    for (const { table, expected, rows } of differing) {
      refuseMassDeletion(table.from, rows - expected, rows, options.deletionLimit);
    }
    return await findRepair({ ...options, keysOf }, compared, []);
  };
  const found = await find().catch(async (error) => {
    if (!(error instanceof MassDeletionError)) throw error;
    await using connection = acquireConnection(options.warehouse);
    const refused = differing.map(({ table }) => table).filter(({ from }) => from === error.table);
    await suspendRowCounts(connection, refused).catch(wrap);
    throw error;
  });
  await explainCounts(
    options,
    differing.filter(({ table }) => found.tables.includes(table.name)),
    found.repair,
  );
  return { scope: "keys", ...await applyRepair(options, compared, found, quarantined) };
}

/** Counts those tables that were never counted. Returns the counts of all. */
export async function countMissing(
  url: string,
  model: Model,
  counts: RowCounts,
  isWanted: (table: DerivedTable) => boolean = () => true,
): Promise<RowCounts> {
  const uncounted = counts.tables.filter(({ table, rows }) => rows === null && isWanted(table));
  if (uncounted.length === 0) return counts;
  await using warehouse = acquireConnection(url);
  await countRows(warehouse, uncounted.map(({ table }) => table)).catch(wrap);
  return await readRowCounts(warehouse, model).catch(wrap);
}

/** A table whose counts differ. */
interface Differing {
  readonly table: DerivedTable;
  /** The rows that the source has. */
  readonly expected: number;
  /** The rows that the warehouse knows. */
  readonly rows: number;
}

function differingTables(source: SourceCounts, counts: RowCounts): Differing[] {
  // Another load can have been faster than the counting.
  if (counts.ingestion_sequence !== source.sequence) return [];
  return counts.tables.flatMap(({ table, rows, suspended }) => {
    const expected = source.rows.get(table.from);
    if (suspended || rows === null || expected === undefined || rows === expected) return [];
    return [{ table, expected, rows }];
  });
}

/** Corrects the counts that the differences found do not explain. */
async function explainCounts(
  { warehouse: url }: Options,
  compared: readonly Differing[],
  { changed, deleted }: Repair,
): Promise<void> {
  await using warehouse = acquireConnection(url);
  for (const { table, expected, rows } of compared) {
    const removed = deleted.get(table.from)?.size ?? 0;
    if (table.row) await addLeftOut(warehouse, table, expected - rows + removed).catch(wrap);
    else if (removed === 0 && !changed.has(table.from)) {
      await doubtRowCounts(warehouse, [table]).catch(wrap);
    }
  }
}

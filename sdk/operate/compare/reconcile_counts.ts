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
import { ingestionZone } from "../../lake/zone.ts";
import {
  countRows,
  doubtRowCounts,
  readRowCounts,
  type RowCount,
  type RowCounts,
  suspendRowCounts,
} from "../../load/row_counts.ts";
import { totesys } from "../../../schemas/model.ts";
import { connect } from "../../postgres/connection.ts";
import { wrapError } from "../../postgres/wrap_error.ts";
import { applyRepair, type ReconcileOptions, type ReconcileResult } from "./apply_repair.ts";
import { findRepair } from "./find_repair.ts";

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
  const differing = differingTables(source, await allCounted(options, source, warehouse));
  if (differing.length === 0) return null;
  const compared = await ingestionZone(options.ingestion).log.read(source.sequence);
  const keysOf = new Map(differing.map(({ table, rows }) => [table.name, rows!]));
  const found = await findRepair({ ...options, keysOf }, compared, []).catch(async (error) => {
    if (!(error instanceof MassDeletionError)) throw error;
    await using connection = connect(options.warehouse);
    const refused = differing.map(({ table }) => table).filter(({ from }) => from === error.table);
    await suspendRowCounts(connection, refused).catch(wrap);
    throw error;
  });
  const { changed, deleted } = found.repair;
  const unconfirmed = differing.map(({ table }) => table).filter(({ name, from }) =>
    found.tables.includes(name) && !changed.has(from) && !deleted.has(from)
  );
  if (unconfirmed.length > 0) {
    await using connection = connect(options.warehouse);
    await doubtRowCounts(connection, unconfirmed).catch(wrap);
  }
  return { scope: "keys", ...await applyRepair(options, compared, found, quarantined) };
}

/** Counts the tables that were never counted. Does nothing when the counts belong to other commits. */
async function allCounted(
  { warehouse: url, model = totesys }: Options,
  source: SourceCounts,
  counts: RowCounts,
): Promise<RowCounts> {
  if (counts.ingestion_sequence !== source.sequence) return counts;
  const uncounted = counts.tables.filter(({ table, rows }) =>
    rows === null && source.rows.has(table.from)
  );
  if (uncounted.length === 0) return counts;
  await using warehouse = connect(url);
  await countRows(warehouse, uncounted.map(({ table }) => table)).catch(wrap);
  return await readRowCounts(warehouse, model).catch(wrap);
}

function differingTables(source: SourceCounts, counts: RowCounts): RowCount[] {
  if (counts.ingestion_sequence !== source.sequence) return [];
  return counts.tables.filter(({ table, rows, suspended }) => {
    const expected = source.rows.get(table.from);
    return !suspended && rows !== null && expected !== undefined && rows !== expected;
  });
}

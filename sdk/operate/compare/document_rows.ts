/**
 * The rows of a source's documents, in the order of their keys. Each document has its rows in this order
 * already, so memory is bounded by a chunk of each document whose rows are mixed with those of another.
 *
 * @module
 */
import { sourceTable } from "../../derive/source_table.ts";
import { type IngestionCommit, ownEntry } from "../../lake/commit.ts";
import { compareUtf8 } from "../../lake/compare_utf8.ts";
import type { LedgerEntry } from "../../lake/ledger.ts";
import type { Zone } from "../../lake/zone.ts";
import { type SourceChunk, sourceChunks } from "../../transform/source_chunks.ts";
import type { RowBatch } from "./compare_columns.ts";
import { expectedRows, type ExpectedRowsOptions } from "./expected_rows.ts";
import { type ExpectedRow, isMarker } from "./row_differences.ts";

/** Rows of several documents that are merged at once. */
const MERGED_ROWS = 1_000;

/** Yields the warehouse rows that the rows of these documents imply, in key order. */
export async function* documentRows(
  zone: Zone<IngestionCommit>,
  documents: readonly LedgerEntry[],
  options: ExpectedRowsOptions,
): AsyncGenerator<RowBatch> {
  const rowsOf = (document: LedgerEntry, asObjects: boolean) =>
    expectedRows(documentChunks(zone, document, options), { ...options, asObjects });
  for (const group of overlapping(documents)) {
    if (group.length === 1) yield* rowsOf(group[0], false);
    else {
      const rows = group.map((document) => ({
        start: `${document.name}/`,
        open: () => objects(rowsOf(document, true)),
      }));
      yield* batches(merged(rows, options.table.key));
    }
  }
}

async function* documentChunks(
  { store, log }: Zone<IngestionCommit>,
  { sequence, table: name }: LedgerEntry,
  { model }: ExpectedRowsOptions,
): AsyncGenerator<SourceChunk> {
  const { tables, columns } = await log.read(sequence);
  const object = ownEntry(tables, name);
  if (!object) return;
  yield* sourceChunks(store, object, sourceTable(model, name), ownEntry(columns, name) ?? []);
}

/**
 * Returns the documents in the order of their first possible keys. Those whose keys can be mixed are
 * together: a document `a`, and those below `a/`.
 */
function overlapping(documents: readonly LedgerEntry[]): LedgerEntry[][] {
  const sorted = documents.toSorted((a, b) => compareUtf8(`${a.name}/`, `${b.name}/`));
  const groups: LedgerEntry[][] = [];
  for (const document of sorted) {
    const group = groups.at(-1);
    if (group && document.name.startsWith(`${group[0].name}/`)) group.push(document);
    else groups.push([document]);
  }
  return groups;
}

async function* objects(batches: AsyncIterable<RowBatch>): AsyncGenerator<ExpectedRow> {
  for await (const { others } of batches) yield* others.values();
}

/** Rows in key order. */
interface Sorted {
  /** No key is before this one. */
  readonly start: string;
  readonly open: () => AsyncIterator<ExpectedRow>;
}

/** Yields the rows of several streams in key order. Each stream is opened when its rows can be next. */
async function* merged(streams: readonly Sorted[], key: string): AsyncGenerator<ExpectedRow> {
  const open: { readonly rows: AsyncIterator<ExpectedRow>; row: ExpectedRow; key: string }[] = [];
  const keyOf = (row: ExpectedRow) => String(isMarker(row) ? row.key : row[key]);
  const first = () => open.sort((a, b) => compareUtf8(a.key, b.key)).at(0);
  let opened = 0;
  for (;;) {
    let next = first();
    while (opened < streams.length) {
      if (next && compareUtf8(next.key, streams[opened].start) < 0) break;
      const rows = streams[opened++].open();
      const { done, value: row } = await rows.next();
      if (!done) open.push({ rows, row, key: keyOf(row) });
      next = first();
    }
    if (!next) return;
    yield next.row;
    const { done, value: row } = await next.rows.next();
    if (done) open.shift();
    else Object.assign(next, { row, key: keyOf(row) });
  }
}

async function* batches(rows: AsyncIterable<ExpectedRow>): AsyncGenerator<RowBatch> {
  const batchOf = (some: readonly ExpectedRow[]): RowBatch => ({
    rows: some.length,
    columns: [],
    odd: new Uint8Array(some.length).fill(1),
    others: new Map(some.entries()),
  });
  let some: ExpectedRow[] = [];
  for await (const row of rows) {
    if (some.push(row) < MERGED_ROWS) continue;
    yield batchOf(some);
    some = [];
  }
  if (some.length > 0) yield batchOf(some);
}

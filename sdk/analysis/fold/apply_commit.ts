import { keyOf as keyTable, type TableSpec } from "../../../schemas/table.ts";
import type { ColumnBatch } from "../../columns/column.ts";
import { textAt, type TextsColumn } from "../../columns/texts.ts";
import { type DataObject, ownEntry } from "../../lake/commit.ts";
import { readObject } from "../../lake/data_objects.ts";
import { parseJsonl } from "../../lake/jsonl.ts";
import { openParquetColumns } from "../../lake/parquet/columns_reader.ts";
import type { ObjectStore } from "../../lake/store.ts";
import { conformed } from "./conform.ts";
import { type Key, keyOf, type KeyReader, keyReader } from "./keys.ts";
import type { CommitObjects } from "./read_ahead.ts";
import { RowHashes } from "./row_hashes.ts";
import type { StagedRow, TableState } from "./table_state.ts";

/** How commits are applied. */
export interface ApplyOptions {
  /** Every table that is followed, in the order of the model. */
  readonly states: readonly TableState[];
  /** The table whose versions are asked for. */
  readonly target: TableState;
  /** The tables of the commit's source. */
  readonly own: ReadonlySet<string>;
  /** Whether the last valid version of a row stays when a newer one is refused: not for documents. */
  readonly keepsValid: boolean;
  /** Returns the number of an object with rows of the target. */
  readonly number: (object: DataObject) => number;
}

/**
 * Applies a commit to the tables, as a load of it would.
 *
 * @throws {DamagedObjectError} when an object is not what was written.
 * @throws {LakeError} when an object cannot be read, or does not have the columns of its table.
 */
export async function applyCommit(
  { commit, objects }: CommitObjects,
  { states, target, own, keepsValid, number }: ApplyOptions,
): Promise<void> {
  const { taken_at } = commit;
  const isOwn = ({ spec }: TableState) => own.has(spec.name);
  const orphaned = new Set(states.filter((state) => state.hasOrphans));
  const refused = new Map<TableState, Key[]>();
  for (const state of states) {
    const object = isOwn(state) ? ownEntry(commit.tables, state.spec.name) : undefined;
    const ready = orphaned.has(state) ? state.readyOrphans() : [];
    if (object) {
      const place = state === target ? number(object) : undefined;
      refused.set(state, await stageObject(objects, object, state, taken_at, place));
    }
    state.release(ready);
  }
  const ours = states.filter((state) => isOwn(state) && state.spec.kind !== "calendar");
  for (const state of ours) {
    const object = ownEntry(commit.quarantined, state.spec.name);
    const keys = object && (state.hasOrphans || !keepsValid)
      ? await quarantinedKeys(objects, object, state.spec)
      : [];
    state.refuse(keys);
    if (!keepsValid) state.remove([...refused.get(state) ?? [], ...keys], taken_at);
  }
  for (const state of ours.toReversed()) {
    const object = ownEntry(commit.deleted, state.spec.name);
    if (!object) continue;
    const keys = await deletedKeys(objects, object, state.spec);
    state.refuse(keys);
    state.remove(keys, taken_at);
  }
}

/** Stages the rows of an object. Returns the keys of those that wait. `place` is its number. */
async function stageObject(
  store: ObjectStore,
  object: DataObject,
  state: TableState,
  from: string,
  place: number | undefined,
): Promise<Key[]> {
  const { spec } = state;
  const needed = place === undefined ? keysAndReferences(spec) : spec;
  const names = Object.keys(needed.columns);
  const reader = (name: string, as = spec.columns[name]): KeyColumn => ({
    place: names.indexOf(name),
    read: keyReader(spec.columns[name], as),
  });
  const key = reader(spec.key);
  const refs = referencesOf(spec).map((name, i) => {
    const parent = state.parents[i].spec;
    return reader(name, parent.columns[parent.key]);
  });
  const hashes = new RowHashes();
  const specs = Object.values(needed.columns);
  const waiting: Key[] = [];
  const together: StagedRow[] = [];
  let first = 0;
  for await (const batch of conformed(await openParquetColumns(store, object, needed), needed)) {
    if (place !== undefined) hashes.read(batch, specs);
    const missing = markMissing(batch, refs, state);
    const stagedRow = (row: number): StagedRow => ({
      key: valueOf(batch, key, row)!,
      refs: state.needsReferences || missing[row] === 1
        ? refs.map((ref) => valueOf(batch, ref, row))
        : undefined,
      content: place === undefined ? undefined : {
        object: place,
        row: first + row,
        low: hashes.low[row],
        high: hashes.high[row],
      },
      from,
    });
    for (let at = 0; at < batch.rows; at += STAGED_ROWS) {
      const count = Math.min(STAGED_ROWS, batch.rows - at);
      const rows = Array.from({ length: count }, (_, i) => stagedRow(at + i));
      if (state.refersToItself) together.push(...rows);
      else waiting.push(...state.stage(rows));
    }
    first += batch.rows;
  }
  return state.refersToItself ? state.stage(together) : waiting;
}

/** Rows that become objects together: those of a full row group would be moved to the old heap. */
const STAGED_ROWS = 1_000;

/** A column of a batch, and how its keys are read. */
interface KeyColumn {
  readonly place: number;
  readonly read: KeyReader;
}

function valueOf(batch: ColumnBatch, { place, read }: KeyColumn, row: number): Key | null {
  return read(batch.columns[place], row);
}

/** Marks the rows that refer to a row that is not present now. */
function markMissing(
  batch: ColumnBatch,
  refs: readonly KeyColumn[],
  { parents }: TableState,
): Uint8Array {
  const missing = new Uint8Array(batch.rows);
  refs.forEach((ref, i) => {
    const parent = parents[i];
    let known: Key | null = null;
    for (let row = 0; row < batch.rows; row++) {
      const key = valueOf(batch, ref, row);
      if (key === null || key === known) continue;
      if (parent.has(key)) known = key;
      else missing[row] = 1;
    }
  });
  return missing;
}

/** Returns the columns with references, in order. */
function referencesOf({ columns }: TableSpec): string[] {
  return Object.entries(columns).filter(([, { references }]) => references !== undefined)
    .map(([name]) => name);
}

/** Returns the table with its key and its references only. */
function keysAndReferences(spec: TableSpec): TableSpec {
  const names = new Set([spec.key, ...referencesOf(spec)]);
  const columns = Object.entries(spec.columns).filter(([name]) => names.has(name));
  return { ...spec, columns: Object.fromEntries(columns) };
}

async function deletedKeys(
  store: ObjectStore,
  object: DataObject,
  spec: TableSpec,
): Promise<Key[]> {
  const keys: Key[] = [];
  const { batches } = await openParquetColumns(store, object, keyTable(spec));
  for await (const { rows, columns: [column] } of batches) {
    for (let row = 0; row < rows; row++) {
      const key = keyOf(textAt(column as TextsColumn, row), spec.columns[spec.key]);
      if (key !== undefined) keys.push(key);
    }
  }
  return keys;
}

async function quarantinedKeys(
  store: ObjectStore,
  object: DataObject,
  spec: TableSpec,
): Promise<Key[]> {
  const keys: Key[] = [];
  for await (const lines of parseJsonl(readObject(store, object), object.key)) {
    for (const { key } of lines as { key: unknown }[]) {
      const found = keyOf(String(key), spec.columns[spec.key]);
      if (found !== undefined) keys.push(found);
    }
  }
  return keys;
}

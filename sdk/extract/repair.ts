import type { Value } from "../../schemas/columns.ts";
import type { SourceTableSpec } from "../../schemas/table.ts";
import { SourceError } from "../errors.ts";
import { type DatabaseCommit, type DataObject, keyColumns } from "../lake/commit.ts";
import { monotonic } from "../lake/monotonic.ts";
import { FORMAT } from "../lake/upgrades/upgrades.ts";
import type { Connection } from "../postgres/connection.ts";
import type { Statement } from "../postgres/statement.ts";
import { wrapError } from "../postgres/wrap_error.ts";
import { identifier } from "../postgres/sql.ts";
import type { PipelineOptions } from "../options.ts";
import { progressMeter } from "../progress.ts";
import { type BatchOptions, BatchWriter } from "./batch.ts";
import { NO_ROW, withAncestors } from "./ancestors.ts";
import { selection } from "./delta.ts";
import { comparableKey, fullPlan, keyType, tableSetting } from "./plan.ts";
import { readPosition } from "./source_position.ts";
import type { SourceSchema } from "./source_schema.ts";

/** Keys of source tables, by table. */
export type Keys = ReadonlyMap<string, ReadonlySet<Value>>;

/** Differences between source and warehouse. */
export interface Repair {
  /** Rows that the warehouse does not have, or has with other values. */
  readonly changed: Keys;
  /** Rows that only the warehouse has. */
  readonly deleted: Keys;
}

/** The options of {@linkcode extractRepair}. */
export interface RepairOptions
  extends Omit<BatchOptions, "progress">, Pick<PipelineOptions, "onProgress"> {
  /** The tables of the source that can be read. */
  readonly schema: SourceSchema;
  /** The newest commit of the ingestion zone. */
  readonly previous: DatabaseCommit;
}

/** A repair as a batch. */
export interface RepairBatch {
  /** The commit to append; null when the next delta contains every difference. */
  readonly commit: DatabaseCommit | null;
  /** The differences, without the rows in the next delta. */
  readonly repair: Repair;
  /** Rows in the next delta, because they changed since the last extraction. */
  readonly in_flight: number;
}

/**
 * Reads the rows of a repair in the current transaction of the source connection, and writes them and
 * the tombstones to the ingestion zone. The commit keeps the snapshot of its predecessor, so that the
 * next delta misses nothing.
 *
 * @throws {SourceError} when the source cannot be read.
 */
export async function extractRepair(
  source: Connection,
  repair: Repair,
  options: RepairOptions,
): Promise<RepairBatch> {
  return await new RepairExtraction(source, options).run(repair)
    .catch(
      wrapError(SourceError, "cannot read the source", { stage: "reconcile", run: options.run }),
    );
}

const NONE: ReadonlySet<Value> = new Set();

class RepairExtraction {
  readonly #source: Connection;
  readonly #options: RepairOptions;

  constructor(source: Connection, options: RepairOptions) {
    this.#source = source;
    this.#options = options;
  }

  async run({ changed, deleted }: Repair): Promise<RepairBatch> {
    const { schema: { model }, previous, run } = this.#options;
    const missed = new Map<string, ReadonlySet<Value>>();
    let in_flight = 0;
    for (const table of model.source) {
      const keys = changed.get(table.name) ?? NONE;
      if (keys.size === 0) continue;
      const found = await this.#notInDelta(table, keys);
      in_flight += keys.size - found.size;
      if (found.size > 0) missed.set(table.name, found);
    }
    const repair = { changed: missed, deleted };
    if (missed.size === 0 && deleted.size === 0) return { commit: null, repair, in_flight };
    const position = await readPosition(this.#source);
    const taken_at = monotonic(position.taken_at, previous.snapshot.taken_at);
    const sequence = previous.sequence + 1;
    const progress = progressMeter("extract", this.#options.onProgress);
    const options = { ...this.#options, progress };
    const batch = new BatchWriter(this.#source, options, { sequence, taken_at });
    const tables = await this.#copy(batch, missed);
    const tombstones = await this.#writeTombstones(batch, deleted);
    const commit: DatabaseCommit = {
      format: FORMAT,
      zone: "ingestion",
      sequence,
      run,
      mode: "reconcile",
      snapshot: { ...previous.snapshot, taken_at },
      columns: previous.columns,
      keys: keyColumns(model.source, tables, tombstones),
      partial: previous.partial,
      tables,
      deleted: tombstones,
    };
    return { commit, repair, in_flight };
  }

  /** Returns the keys whose rows are not in the next delta. */
  async #notInDelta(table: SourceTableSpec, keys: ReadonlySet<Value>): Promise<Set<Value>> {
    const { schema: { model }, previous } = this.#options;
    const key = identifier(table.key);
    const plan = fullPlan(model, previous);
    const inDelta = selection(table, { model, since: previous, plan });
    const [, rows] = await this.#source.batch([
      keySetting(table, keys),
      `SELECT t.${key} AS key FROM ${identifier(table.name)} t` +
      ` WHERE ${isInKeySetting(table, "t")} AND (${inDelta}) IS NOT TRUE ORDER BY t.${key}`,
    ]);
    return new Set(rows.map(({ key }) => key as Value));
  }

  async #copy(batch: BatchWriter, keys: Keys): Promise<Record<string, DataObject>> {
    const { model, fullTables } = this.#options.schema;
    const tables = model.source.filter(({ name }) => keys.has(name));
    await this.#source.batch(tables.map((table) => keySetting(table, keys.get(table.name)!)));
    return await batch.copy(model.source.flatMap((table) => {
      // With the rows that they are joined with, as in any batch.
      const condition = withAncestors(
        table,
        model,
        (alias, table) => keys.has(table.name) ? [isInKeySetting(table, alias)] : [],
      );
      return condition === NO_ROW ? [] : { table: fullTables.get(table.name)!, condition };
    }));
  }

  async #writeTombstones(batch: BatchWriter, keys: Keys): Promise<Record<string, DataObject>> {
    const objects: Record<string, DataObject> = {};
    for (const table of this.#options.schema.model.source) {
      const object = await batch.writeTombstones(table, [...keys.get(table.name) ?? NONE]);
      if (object) objects[table.name] = object;
    }
    return objects;
  }
}

/**
 * Returns the statement that stores keys in a setting, because COPY takes no parameters and the role cannot
 * create tables.
 */
function keySetting(table: SourceTableSpec, keys: ReadonlySet<Value>): Statement {
  const literal = `{${[...keys].map((key) => element(String(key))).join(",")}}`;
  return {
    text: "SELECT set_config($1, $2, true)",
    values: [tableSetting(table, "keys"), literal],
  };
}

/** Returns an element of an array literal. */
function element(text: string): string {
  return `"${text.replace(/["\\]/g, "\\$&")}"`;
}

/** Returns the condition that the key of a row is in its table's setting. */
function isInKeySetting(table: SourceTableSpec, alias: string): string {
  const keys = `current_setting('${tableSetting(table, "keys")}')::${keyType(table)}[]`;
  return `${comparableKey(table, alias)} IN (SELECT unnest(${keys}))`;
}

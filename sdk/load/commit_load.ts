import {
  type DimensionSpec,
  type FactSpec,
  keyOf,
  type TableSpec,
  type WarehouseTableSpec,
} from "../../schemas/table.ts";
import { BinaryCopy } from "../columns/binary_copy.ts";
import type { ColumnBatch } from "../columns/column.ts";
import { readLines } from "../columns/read_lines.ts";
import { references, VALID_FROM } from "../derive/ddl.ts";
import { WarehouseError } from "../errors.ts";
import { type DataObject, ownEntry, type ProcessedCommit } from "../lake/commit.ts";
import { damagedObject } from "../lake/damage.ts";
import { readObject } from "../lake/data_objects.ts";
import { openParquetColumns, type ParquetColumns } from "../lake/parquet/columns_reader.ts";
import type { PipelineOptions } from "../options.ts";
import type { Connection } from "../postgres/connection.ts";
import { identifier } from "../postgres/sql.ts";
import type { Statement } from "../postgres/statement.ts";
import { wrapError } from "../postgres/wrap_error.ts";
import type { ProgressMeter } from "../progress.ts";
import type { Applied } from "./applied_commit.ts";
import { disableTriggers, ENABLE_TRIGGERS } from "./constraints.ts";
import { canCopyInto, DirectPart, filledTo } from "./direct_part.ts";
import { copyInto, createKeyStage, createStage, merge, remove, stagingTable } from "./merge.ts";
import type { Pipeline } from "./pipeline.ts";
import {
  clearQuarantine,
  insertQuarantined,
  isSelfReferring,
  keepValidFrom,
  moveOrphans,
  quarantineOrphans,
  releaseOrphans,
  stageQuarantined,
  updateReasons,
} from "./quarantine.ts";
import { countCopied, countMerged, countRemoved } from "./row_counts.ts";
import { allowNull, type WarehouseTable } from "./tables.ts";

/** Above this many rows, work per row costs more than work per table, such as disabling triggers. */
const BULK_ROWS = 5_000;

/** The options of one commit's load. */
export interface CommitLoadOptions extends Pick<PipelineOptions, "processed"> {
  /** The tables of the commit's source. */
  readonly own: readonly WarehouseTableSpec[];
  /**
   * Whether the last valid version of a row stays when a newer one goes to quarantine. Not for
   * documents: a row's key can be its place, where another row was.
   */
  readonly keepsValid: boolean;
  readonly progress: ProgressMeter;
}

/** The warehouse before the commit. */
export interface Before {
  readonly applied: Applied | null;
  /** The specs of the tables of every source, dimensions first. */
  readonly all: readonly WarehouseTableSpec[];
  /** The tables, by name. */
  readonly tables: ReadonlyMap<string, WarehouseTable>;
  /** The tables that were created in this transaction. */
  readonly created: ReadonlySet<string>;
  /** The tables that have orphans in quarantine. */
  readonly orphaned: ReadonlySet<string>;
}

/** Starts a copy of a table's rows; returns what reports that so many further rows were copied. */
type RowCounter = () => (rows: number) => void;

/** The load of one commit, within its transaction. Each object is verified while it is read. */
export class CommitLoad {
  readonly #warehouse: Connection;
  readonly #pipeline: Pipeline;
  readonly #commit: ProcessedCommit;
  readonly #before: Before;
  readonly #options: CommitLoadOptions;

  constructor(
    warehouse: Connection,
    pipeline: Pipeline,
    commit: ProcessedCommit,
    before: Before,
    options: CommitLoadOptions,
  ) {
    this.#warehouse = warehouse;
    this.#pipeline = pipeline;
    this.#commit = commit;
    this.#before = before;
    this.#options = options;
  }

  /** Sends everything. The last answers are still to come: see {@linkcode Pipeline.settle}. */
  async run(): Promise<void> {
    const { own } = this.#options;
    const { all, orphaned } = this.#before;
    for (const table of all) {
      const object = own.includes(table) ? ownEntry(this.#commit.tables, table.name) : undefined;
      if (!object && !orphaned.has(table.name)) continue;
      await this.#loadTable(table, object).catch(this.#failing(table));
    }
    for (const table of own) {
      const object = ownEntry(this.#commit.quarantined, table.name);
      if (object) await this.#insertQuarantined(table, object).catch(this.#failing(table));
      if (!this.#options.keepsValid) this.#removeQuarantined(table);
    }
    // Facts first: a dimension row is deleted only when no fact refers to it any more.
    for (const table of own.toReversed()) {
      const object = ownEntry(this.#commit.deleted, table.name);
      if (!object || table.kind === "calendar") continue;
      await this.#removeKeys(table, object).catch(this.#failing(table));
    }
  }

  #failing(table: TableSpec): (cause: unknown) => never {
    const where = { stage: "load", table: table.name, run: this.#commit.run };
    return wrapError(WarehouseError, `cannot load warehouse table ${table.name}`, where);
  }

  #send(table: WarehouseTableSpec, ...statements: readonly (Statement | string)[]): void {
    this.#pipeline.send(statements, this.#failing(table));
  }

  /** Loads an object's rows, and the orphans that its rows release. */
  async #loadTable(table: WarehouseTableSpec, object: DataObject | undefined): Promise<void> {
    const hasOrphans = this.#before.orphaned.has(table.name);
    const count = object && this.#counter(table, object);
    const direct = object && await this.#copyDirectly(table, object, count!);
    if (direct && !hasOrphans) return;
    this.#send(table, createStage(table));
    if (object && !direct) {
      const rows = await this.#open(table, object);
      await this.#copy(stagingTable(table), table, rows, count!);
    }
    if (hasOrphans && table.kind === "fact") this.#send(table, keepValidFrom(table));
    const bulk = object && !direct && object.rows > BULK_ROWS && await this.#disableTriggers(table);
    await this.#quarantineOrphans(table);
    this.#send(
      table,
      clearQuarantine(table),
      ...hasOrphans ? releaseOrphans(table, this.#before.all) : [],
      ...hasOrphans ? updateReasons(table, this.#before.all) : [],
      ...table.kind === "calendar" ? [] : [countMerged(table)],
      ...merge(table, this.#before.tables.get(table.name)!.isBare),
      ...bulk ? ENABLE_TRIGGERS : [],
      `DROP TABLE ${stagingTable(table)}`,
    );
  }

  async #quarantineOrphans(table: WarehouseTableSpec): Promise<void> {
    const { all } = this.#before;
    const statements = quarantineOrphans(stagingTable(table), table, all, this.#commit);
    if (!isSelfReferring(table)) return this.#send(table, ...statements);
    await this.#pipeline.settle();
    await moveOrphans(this.#warehouse, statements);
  }

  /** Returns whether rows can be copied straight into the table, if they turn out to be new. */
  #canBeDirect(table: WarehouseTableSpec, object: DataObject): boolean {
    const { tables, created } = this.#before;
    const { isBare, columns } = tables.get(table.name)!;
    if (!canCopyInto(table, columns)) return false;
    return table.kind === "fact" ? isBare : created.has(table.name) || object.rows > BULK_ROWS;
  }

  /** Copies rows straight into their table. Returns false, with nothing done, if a merge is needed. */
  async #copyDirectly(
    table: WarehouseTableSpec,
    object: DataObject,
    count: RowCounter,
  ): Promise<boolean> {
    if (!this.#canBeDirect(table, object)) return false;
    const filled = await filledTo(this.#warehouse, table, this.#before.applied);
    if (!filled) return false;
    this.#send(table, "SAVEPOINT direct");
    const { hasForeignKeys } = this.#before.tables.get(table.name)!;
    // A foreign key would refuse an orphan.
    if (hasForeignKeys && !await this.#disableTriggers(table)) return false;
    const part = new DirectPart(table, this.#before.all, filled);
    const { stored, batches } = await this.#open(table, object);
    const rows = { stored, batches: part.watch(batches) };
    await this.#copy(identifier(table.name), table, rows, count, filled.last + 1);
    await this.#pipeline.settle();
    const fits = await part.fits(this.#warehouse);
    if (fits && !this.#before.orphaned.has(table.name)) {
      part.remember(this.#warehouse, this.#commit, object.rows);
    }
    this.#send(
      table,
      ...fits ? [countCopied(table, object.rows)] : ["ROLLBACK TO SAVEPOINT direct"],
      ...hasForeignKeys ? ENABLE_TRIGGERS : [],
    );
    return fits;
  }

  async #disableTriggers(table: WarehouseTableSpec): Promise<boolean> {
    if (references(table, this.#before.all).length === 0) return false;
    await this.#pipeline.settle();
    return await disableTriggers(this.#warehouse, table);
  }

  async #insertQuarantined(table: WarehouseTableSpec, object: DataObject): Promise<void> {
    const chunks = readObject(this.#options.processed, object);
    const damaged = (problem: string) => damagedObject(object.key, problem);
    let isWaiting = false;
    for await (const lines of readLines(chunks, damaged)) {
      // The lines before them are no longer in memory then.
      if (isWaiting) await this.#pipeline.settle();
      this.#send(table, insertQuarantined(table, `[${lines.join(",")}]`, this.#commit));
      isWaiting = true;
    }
  }

  /** Removes the earlier versions of the rows that this commit has put into quarantine. */
  #removeQuarantined(table: WarehouseTableSpec): void {
    if (table.kind === "calendar") return;
    this.#send(
      table,
      createKeyStage(table),
      stageQuarantined(table, this.#commit),
      countRemoved(table),
      ...remove(table, this.#before.all, this.#commit.taken_at),
      `DROP TABLE ${stagingTable(table)}`,
    );
  }

  async #removeKeys(table: DimensionSpec | FactSpec, object: DataObject): Promise<void> {
    this.#send(table, createKeyStage(table));
    const keys = keyOf(table);
    const rows = await openParquetColumns(this.#options.processed, object, keys);
    await this.#copy(stagingTable(table), keys, rows, this.#counter(table, object));
    this.#send(
      table,
      clearQuarantine(table),
      countRemoved(table),
      ...remove(table, this.#before.all, this.#commit.taken_at),
      `DROP TABLE ${stagingTable(table)}`,
    );
  }

  /** Opens an object's rows, and allows NULL in columns that the object does not have. */
  async #open(table: WarehouseTableSpec, object: DataObject): Promise<ParquetColumns> {
    const rows = await openParquetColumns(this.#options.processed, object, table);
    if (rows.absent.length > 0) await allowNull(this.#warehouse, table, rows.absent);
    return rows;
  }

  /** Returns what reports a table's rows as they are copied, each once even if it is copied twice. */
  #counter({ name }: TableSpec, { rows: expected, bytes }: DataObject): RowCounter {
    const { progress } = this.#options;
    progress.expect(name, expected);
    let reported = 0;
    return () => {
      let rows = 0;
      return (count) => {
        rows += count;
        if (rows <= reported) return;
        progress.add(name, rows - reported, Math.round(bytes * (rows - reported) / expected));
        reported = rows;
      };
    };
  }

  /** Copies rows; those of a fact with a number, counted from `first`, the start of a surrogate key. */
  async #copy(
    target: string,
    table: TableSpec | WarehouseTableSpec,
    { stored, batches }: Pick<ParquetColumns, "stored" | "batches">,
    count: RowCounter,
    first = 1,
  ): Promise<void> {
    const columns = Object.keys(table.columns);
    const isFact = "kind" in table && table.kind === "fact";
    const version = { firstSurrogate: first, validFrom: this.#commit.taken_at };
    const copy = new BinaryCopy(Object.values(stored.columns), isFact ? version : undefined);
    await this.#pipeline.copy(
      copyInto(target, isFact ? [table.surrogate, ...columns, VALID_FROM] : columns),
      frames(batches, copy, count()),
      this.#failing(table),
    );
  }
}

async function* frames(
  batches: AsyncIterable<ColumnBatch>,
  copy: BinaryCopy,
  count: (rows: number) => void,
): AsyncGenerator<Uint8Array> {
  for await (const batch of batches) {
    yield* copy.frames(batch);
    count(batch.rows);
  }
  yield copy.end();
}

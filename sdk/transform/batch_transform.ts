import type { Value } from "../../schemas/columns.ts";
import type { Model } from "../../schemas/model.ts";
import {
  type AnyRow,
  type DerivedTable,
  keyOf,
  type WarehouseTableSpec,
} from "../../schemas/table.ts";
import { sourceTable } from "../derive/source_table.ts";
import { RowError } from "../errors.ts";
import {
  type DataObject,
  type IngestionCommit,
  keyColumns,
  ownEntry,
  type ProcessedCommit,
} from "../lake/commit.ts";
import { readObject, writeObject } from "../lake/data_objects.ts";
import { parseJsonl } from "../lake/jsonl.ts";
import { dataKey } from "../lake/keys.ts";
import { writeParquet } from "../lake/parquet_writer.ts";
import { FORMAT } from "../lake/upgrades/upgrades.ts";
import type { PipelineOptions } from "../options.ts";
import type { ProgressMeter } from "../progress.ts";
import { maxBadRows, Quarantine } from "./quarantine.ts";
import {
  calendarRows,
  catchRowError,
  dateCollector,
  joinAndTransform,
  joinedRows,
  rowReader,
} from "./rows.ts";
import { upgradeRow } from "./upgrade_row.ts";

/** The options of a batch's transform, with their defaults filled in. */
export interface Settings extends Pick<PipelineOptions, "ingestion" | "processed"> {
  /** The tables. */
  readonly model: Model;
  /** Version of the transforms: see `transformVersion`. */
  readonly version: string;
  /** Percent of a table's rows that can be invalid. */
  readonly quarantineLimit: number;
  /** Invalid rows to accept per warehouse table, whatever that limit is. */
  readonly tolerated: Readonly<Record<string, number>>;
  /** Id of the run. */
  readonly run: string;
  /** Counts the rows. */
  readonly progress: ProgressMeter;
}

/** Transforms one ingestion commit into one processed commit. */
export class BatchTransform {
  readonly #settings: Settings;
  readonly #commit: IngestionCommit;
  readonly #sequence: number;
  readonly #dates = new Set<string>();
  readonly #tables: Record<string, DataObject> = {};
  readonly #deleted: Record<string, DataObject> = {};
  /** Keys of the rows that a row function left out, as text, by warehouse table. */
  readonly #leftOut: Record<string, string[]> = {};
  readonly #quarantines = new Map<string, Quarantine>();

  constructor(settings: Settings, commit: IngestionCommit, sequence: number) {
    this.#settings = settings;
    this.#commit = commit;
    this.#sequence = sequence;
  }

  async run(): Promise<ProcessedCommit> {
    const { warehouse } = this.#settings.model;
    const calendar = warehouse.find((table) => table.kind === "calendar");
    for (const table of warehouse) {
      if (table.kind === "calendar") continue;
      if (ownEntry(this.#commit.tables, table.from)) {
        await this.#write(table, this.#rowsOf(table, calendar?.name));
      }
      await this.#writeTombstones(table);
    }
    if (calendar && this.#dates.size > 0) {
      const rows = calendarRows(this.#dates, calendar, this.#settings.model);
      await this.#write(calendar, once(rows));
    }
    return this.#commitOf({
      tables: this.#tables,
      deleted: this.#deleted,
      quarantined: await this.#writeQuarantine(),
    });
  }

  /** Returns a commit without objects that records why the batch was skipped. */
  skip(skipped: string): ProcessedCommit {
    return { ...this.#commitOf({ tables: {}, deleted: {}, quarantined: {} }), skipped };
  }

  #commitOf(objects: Pick<ProcessedCommit, "tables" | "deleted" | "quarantined">): ProcessedCommit {
    const { tables, deleted, quarantined } = objects;
    return {
      format: FORMAT,
      zone: "processed",
      sequence: this.#sequence,
      run: this.#settings.run,
      ingestion_sequence: this.#commit.sequence,
      ingestion_run: this.#commit.run,
      mode: this.#commit.mode,
      transform_version: this.#settings.version,
      taken_at: this.#commit.snapshot.taken_at,
      incomplete: this.#incomplete(),
      keys: keyColumns(this.#settings.model.warehouse, tables, deleted, quarantined),
      ...objects,
    };
  }

  /** Returns the tables made from source tables that have not been read to their end. */
  #incomplete(): string[] {
    const { columns, partial } = this.#commit;
    return this.#settings.model.warehouse
      .filter((table) =>
        table.kind !== "calendar" &&
        (Object.hasOwn(partial, table.from) || !Object.hasOwn(columns, table.from))
      )
      .map(({ name }) => name);
  }

  async *#rowsOf(table: DerivedTable, calendar: string | undefined): AsyncGenerator<AnyRow[]> {
    const { model } = this.#settings;
    const from = sourceTable(model, table.from);
    const joined = await joinedRows(table, model, ({ name }) => this.#sourceRows(name));
    const read = rowReader(from);
    const make = joinAndTransform(table, model, joined);
    const collectDates = dateCollector(table, calendar, this.#dates);
    const quarantine = this.#quarantineOf(table);
    const leftOut = this.#leftOut[table.name] = [] as string[];
    for await (const rows of this.#sourceRows(table.from)) {
      const good: AnyRow[] = [];
      for (const row of rows) {
        const made = catchRowError(() => make(read(row)));
        if (made instanceof RowError) quarantine.add(row as AnyRow, this.#keyOf(table, row), made);
        else if (made === null) leftOut.push(String(this.#keyOf(table, row)));
        else good.push(made);
      }
      good.forEach(collectDates);
      yield good;
    }
  }

  async *#sourceRows(name: string): AsyncGenerator<unknown[]> {
    const object = ownEntry(this.#commit.tables, name);
    if (!object) return;
    const read = ownEntry(this.#commit.columns, name) ?? [];
    const upgrade = upgradeRow(sourceTable(this.#settings.model, name), read);
    const batches = parseJsonl(readObject(this.#settings.ingestion, object), object.key);
    for await (const rows of batches) yield rows.map(upgrade);
  }

  #keyOf(table: DerivedTable, row: unknown): Value {
    return (row as AnyRow)[sourceTable(this.#settings.model, table.from).key];
  }

  #quarantineOf(table: DerivedTable): Quarantine {
    let quarantine = this.#quarantines.get(table.name);
    if (!quarantine) {
      const { rows } = this.#commit.tables[table.from];
      const { quarantineLimit, tolerated } = this.#settings;
      const maxRows = Math.max(
        maxBadRows(rows, quarantineLimit),
        ownEntry(tolerated, table.name) ?? 0,
      );
      quarantine = new Quarantine(table.name, maxRows);
      this.#quarantines.set(table.name, quarantine);
    }
    return quarantine;
  }

  async #write(table: WarehouseTableSpec, batches: AsyncIterable<AnyRow[]>): Promise<void> {
    const { processed, progress } = this.#settings;
    let rows = 0;
    progress.expect(
      table.name,
      table.kind === "calendar" ? this.#dates.size : this.#commit.tables[table.from].rows,
    );
    const counted = counting(batches, (count) => {
      rows += count;
      progress.add(table.name, count);
    });
    const refuse = (row: AnyRow, error: RowError) => {
      if (table.kind === "calendar") throw error;
      rows--;
      this.#quarantineOf(table).add(row, row[table.key], error);
    };
    const chunks = writeParquet(table, counted, refuse);
    const object = await writeObject(processed, this.#key(table, "parquet"), chunks, () => rows);
    if (object && rows > 0) this.#tables[table.name] = object;
  }

  async #writeQuarantine(): Promise<Record<string, DataObject>> {
    const objects: Record<string, DataObject> = {};
    for (const quarantine of this.#quarantines.values()) {
      const table = this.#settings.model.warehouse.find(({ name }) => name === quarantine.table)!;
      const key = this.#key(table, "quarantine.jsonl");
      const chunks = once(quarantine.jsonl());
      const object = await writeObject(
        this.#settings.processed,
        key,
        chunks,
        () => quarantine.size,
      );
      if (object) objects[table.name] = object;
    }
    return objects;
  }

  /**
   * Writes the tombstones of a table: of its deleted rows and of those left out, which an earlier batch
   * can have written. A row has the key of the source row that it is made from.
   */
  async #writeTombstones(table: DerivedTable): Promise<void> {
    const deleted = ownEntry(this.#commit.deleted, table.from);
    const leftOut = ownEntry(this.#leftOut, table.name) ?? [];
    if (!deleted && leftOut.length === 0) return;
    const chunks = writeParquet(keyOf(table), this.#tombstones(table, deleted, leftOut));
    const key = this.#key(table, "deleted.parquet");
    const rows = (deleted?.rows ?? 0) + leftOut.length;
    const object = await writeObject(this.#settings.processed, key, chunks, () => rows);
    if (object) this.#deleted[table.name] = object;
  }

  async *#tombstones(
    table: DerivedTable,
    deleted: DataObject | undefined,
    leftOut: readonly string[],
  ): AsyncGenerator<AnyRow[]> {
    if (deleted) {
      const from = sourceTable(this.#settings.model, table.from);
      // Invalid keys too: an invalid row that was deleted has to leave the quarantine.
      for await (
        const lines of parseJsonl(readObject(this.#settings.ingestion, deleted), deleted.key)
      ) yield lines.map((line) => ({ [table.key]: String((line as AnyRow)[from.key]) }));
    }
    if (leftOut.length > 0) yield leftOut.map((key) => ({ [table.key]: key }));
  }

  #key(table: WarehouseTableSpec, extension: string): string {
    return dataKey({
      table: table.name,
      taken_at: this.#commit.snapshot.taken_at,
      sequence: this.#sequence,
      run: this.#settings.run,
      extension,
    });
  }
}

async function* counting(
  batches: AsyncIterable<AnyRow[]>,
  onRows: (count: number) => void,
): AsyncGenerator<AnyRow[]> {
  for await (const rows of batches) {
    yield rows;
    onRows(rows.length);
  }
}

async function* once<T>(value: T): AsyncGenerator<T> {
  yield value;
}

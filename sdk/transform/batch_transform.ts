import type { Model } from "../../schemas/model.ts";
import {
  type CalendarSpec,
  type DerivedTable,
  keyOf,
  type WarehouseTableSpec,
} from "../../schemas/table.ts";
import { tableJoins } from "../derive/resolve_columns.ts";
import { sourceTable } from "../derive/source_table.ts";
import {
  type DataObject,
  type IngestionCommit,
  keyColumns,
  ownEntry,
  type ProcessedCommit,
} from "../lake/commit.ts";
import { dataKey } from "../lake/keys.ts";
import { ObjectWriter } from "../lake/object_writer.ts";
import { ParquetColumnsWriter } from "../lake/parquet/columns_writer.ts";
import { compressionOf } from "../lake/parquet/compression.ts";
import { writeParquet } from "../lake/parquet/write_parquet.ts";
import { FORMAT } from "../lake/upgrades/upgrades.ts";
import type { PipelineOptions } from "../options.ts";
import type { ProgressMeter } from "../progress.ts";
import { deletedKeys } from "./deleted_keys.ts";
import { maxBadRows, Quarantine } from "./quarantine.ts";
import { ParentRows } from "./parent_rows.ts";
import { ReferencedDates } from "./referenced_dates.ts";
import { calendarRows } from "./rows.ts";
import { bytesOf, type SourceChunk, sourceChunks } from "./source_chunks.ts";
import { TableTransform } from "./table_transform.ts";

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
  /** Why the documents of the batch are refused as a whole; undefined when they are not. */
  readonly refused?: string;
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
  readonly #calendar: CalendarSpec | undefined;
  readonly #dates: ReferencedDates;
  /** The rows that others are joined with, by source table. */
  readonly #parents = new Map<string, ParentRows>();
  readonly #tables: Record<string, DataObject> = {};
  readonly #deleted: Record<string, DataObject> = {};
  /** Keys of the rows that a row function left out, as text, by warehouse table. */
  readonly #leftOut: Record<string, string[]> = {};
  readonly #quarantines = new Map<string, Quarantine>();
  readonly #objects: ObjectWriter;

  constructor(settings: Settings, commit: IngestionCommit, sequence: number) {
    this.#settings = settings;
    this.#commit = commit;
    this.#sequence = sequence;
    this.#calendar = settings.model.warehouse.find((table) => table.kind === "calendar");
    this.#dates = new ReferencedDates(this.#calendar);
    this.#objects = new ObjectWriter(settings.processed);
  }

  async run(): Promise<ProcessedCommit> {
    await using objects = this.#objects;
    for (const table of this.#settings.model.warehouse) {
      if (table.kind === "calendar") continue;
      await this.#writeRows(table);
      await this.#writeTombstones(table);
    }
    this.#quarantineDocuments();
    if (this.#calendar) await this.#writeCalendar(this.#calendar);
    const quarantined = await this.#writeQuarantine();
    await objects.settle();
    return this.#commitOf({ tables: this.#tables, deleted: this.#deleted, quarantined });
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

  /** Transforms the rows of a table and writes them to an object, unless all of them are invalid. */
  async #writeRows(table: DerivedTable): Promise<void> {
    const { model, processed, progress, refused } = this.#settings;
    if (refused !== undefined || !ownEntry(this.#commit.tables, table.from)) return;
    const file = new ParquetColumnsWriter(table, compressionOf(processed.url));
    const dates = this.#dates.collector(table);
    const leftOut: string[] = this.#leftOut[table.name] = [];
    let rows = 0;
    const transform = new TableTransform({
      table,
      model,
      parents: await this.#parentsOf(table),
      quarantine: this.#quarantineOf(table),
      onLeftOut: (key) => leftOut.push(String(key)),
      onGroup: (group) => {
        dates.addRows(group.columns, 0, group.rows);
        rows += group.rows;
        file.write(group);
      },
    });
    progress.expect(table.name, this.#commit.tables[table.from].rows);
    const chunks = this.#sourceChunks(table.from);
    async function* bytes() {
      for await (const chunk of chunks) {
        transform.add(chunk);
        yield* file.take();
        progress.add(table.name, chunk.fields.rows, bytesOf(chunk));
      }
      transform.end();
      yield* file.take();
      file.finish();
      yield* file.take();
    }
    const object = await this.#objects.write(this.#key(table, "parquet"), bytes(), () => rows);
    if (object && rows > 0) this.#tables[table.name] = object;
  }

  async #writeCalendar(calendar: CalendarSpec): Promise<void> {
    const { model, processed, progress } = this.#settings;
    const dates = this.#dates.sorted();
    if (dates.length === 0) return;
    progress.expect(calendar.name, dates.length);
    const rows = once(calendarRows(dates, calendar, model));
    const bytes = writeParquet(calendar, rows, compressionOf(processed.url));
    const key = this.#key(calendar, "parquet");
    const object = await this.#objects.write(key, bytes, () => dates.length);
    progress.add(calendar.name, dates.length);
    if (object) this.#tables[calendar.name] = object;
  }

  /** Returns the rows that a table's rows are joined with. */
  async #parentsOf(table: DerivedTable): Promise<ReadonlyMap<string, ParentRows>> {
    for (const { parent } of tableJoins(table, this.#settings.model)) {
      if (this.#parents.has(parent.name)) continue;
      this.#parents.set(
        parent.name,
        await ParentRows.read(parent, this.#sourceChunks(parent.name)),
      );
    }
    return this.#parents;
  }

  async *#sourceChunks(name: string): AsyncGenerator<SourceChunk> {
    const object = ownEntry(this.#commit.tables, name);
    if (!object) return;
    const read = ownEntry(this.#commit.columns, name) ?? [];
    const table = sourceTable(this.#settings.model, name);
    yield* sourceChunks(this.#settings.ingestion, object, table, read);
  }

  #quarantineOf(table: DerivedTable): Quarantine {
    let quarantine = this.#quarantines.get(table.name);
    if (!quarantine) {
      const rows = ownEntry(this.#commit.tables, table.from)?.rows ?? 0;
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

  /** Quarantines documents that were refused as a whole, in each table that is made from their rows. */
  #quarantineDocuments(): void {
    const { model: { warehouse }, refused } = this.#settings;
    for (const document of this.#commit.documents ?? []) {
      const reason = refused ?? (document.outcome === "refused" ? document.reason : undefined);
      if (reason === undefined) continue;
      const { name, version, bytes, sha256 } = document;
      for (const table of warehouse) {
        if (table.kind === "calendar" || table.from !== document.table) continue;
        const row = { document: name, version, bytes, sha256 };
        this.#quarantineOf(table).add(row, name, { message: reason });
      }
    }
  }

  async #writeQuarantine(): Promise<Record<string, DataObject>> {
    const objects: Record<string, DataObject> = {};
    for (const quarantine of this.#quarantines.values()) {
      const table = this.#settings.model.warehouse.find(({ name }) => name === quarantine.table)!;
      const key = this.#key(table, "quarantine.jsonl");
      const chunks = once(quarantine.jsonl());
      const object = await this.#objects.write(key, chunks, () => quarantine.size);
      if (object) objects[table.name] = object;
    }
    return objects;
  }

  /**
   * Writes the tombstones of a table: of its deleted rows and of those left out, which an earlier batch
   * can have written. A row has the key of the source row that it is made from. When the batch is refused,
   * all its rows are deleted, because the next version of a document replaces them, not those before.
   */
  async #writeTombstones(table: DerivedTable): Promise<void> {
    const { ingestion, processed, model, refused } = this.#settings;
    const { deleted, tables, documents = [] } = this.#commit;
    const records = refused === undefined ? [deleted] : [deleted, tables];
    const objects = records.flatMap((record) => ownEntry(record, table.from) ?? []);
    const leftOut = ownEntry(this.#leftOut, table.name) ?? [];
    if (objects.length === 0 && leftOut.length === 0) return;
    const keys = deletedKeys(ingestion, objects, sourceTable(model, table.from).key);
    // A document that is refused goes to quarantine, under its name.
    const kept = new Set(refused === undefined ? [] : documents.map(({ name }) => name));
    let rows = 0;
    const batchOf = (keys: readonly string[]) => {
      rows += keys.length;
      return keys.map((key) => ({ [table.key]: key }));
    };
    const batches = async function* () {
      for await (const some of keys) yield batchOf(some.filter((key) => !kept.has(key)));
      if (leftOut.length > 0) yield batchOf(leftOut);
    };
    const chunks = writeParquet(keyOf(table), batches(), compressionOf(processed.url));
    const key = this.#key(table, "deleted.parquet");
    const object = await this.#objects.write(key, chunks, () => rows);
    if (object && rows > 0) this.#deleted[table.name] = object;
  }

  #key(table: WarehouseTableSpec, kind: string): string {
    const { run, refused } = this.#settings;
    // The same run has tried before, and can have written some objects.
    const extension = refused === undefined ? kind : `refused.${kind}`;
    return dataKey({
      table: table.name,
      taken_at: this.#commit.snapshot.taken_at,
      sequence: this.#sequence,
      run,
      extension,
    });
  }
}

async function* once<T>(value: T): AsyncGenerator<T> {
  yield value;
}

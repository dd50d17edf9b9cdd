import { type Model, totesys } from "../../schemas/model.ts";
import {
  type AnyRow,
  keyOf,
  type SourceTableSpec,
  type WarehouseTableSpec,
} from "../../schemas/table.ts";
import { ConfigurationError } from "../errors.ts";
import type { DataObject, IngestionCommit, ProcessedCommit } from "../lake/commit.ts";
import { CommitLog } from "../lake/commit_log.ts";
import { readObject, writeObject } from "../lake/data_objects.ts";
import { parseJsonl } from "../lake/jsonl.ts";
import { dataKey, runId } from "../lake/keys.ts";
import { writeParquet } from "../lake/parquet_writer.ts";
import type { ObjectStore } from "../lake/store.ts";
import type { ProgressListener } from "../progress.ts";
import {
  calendarRows,
  dateCollector,
  type DerivedTable,
  type JoinedRows,
  rowMaker,
  rowReader,
} from "./rows.ts";
import {
  type DateTransform,
  type RowTransform,
  type Transforms,
  transforms as totesysTransforms,
} from "./transforms.ts";

/** What {@linkcode transform} works on. */
export interface TransformOptions {
  /** The ingestion zone. */
  readonly ingestion: ObjectStore;
  /** The processed zone. */
  readonly processed: ObjectStore;
  /** The tables; totesys when omitted. */
  readonly model?: Model;
  /** The transform of each warehouse table; those of totesys when omitted. */
  readonly transforms?: Transforms;
  /** The run's id, part of its object keys; made up when omitted. */
  readonly run?: string;
  /** Hears about rows as they are written. */
  readonly onProgress?: ProgressListener;
}

/** What a transform run did. */
export interface TransformResult {
  /** The commits it added to the processed zone, in order. */
  readonly commits: readonly ProcessedCommit[];
}

type Settings = TransformOptions & Required<Pick<TransformOptions, "model" | "transforms" | "run">>;

/**
 * Turns every ingestion commit that has no processed commit yet into Parquet, in order. A run that
 * died halfway left files no commit names; the next run starts that commit over.
 *
 * @throws {RowError} when a row cannot become a row of the warehouse; nothing of its batch is committed.
 * @throws {LakeError} when a zone cannot be read or written.
 */
export async function transform(options: TransformOptions): Promise<TransformResult> {
  const settings: Settings = {
    ...options,
    model: options.model ?? totesys,
    transforms: options.transforms ?? totesysTransforms as unknown as Transforms,
    run: options.run ?? runId(new Date()),
  };
  const ingestion = new CommitLog<IngestionCommit>(options.ingestion, "ingestion");
  const processed = new CommitLog<ProcessedCommit>(options.processed, "processed");
  const commits: ProcessedCommit[] = [];
  let head = await processed.head();
  for await (const commit of ingestion.after(head?.ingestion_sequence ?? 0)) {
    // Another run may have processed this commit meanwhile.
    if (head && head.ingestion_sequence >= commit.sequence) continue;
    const made = await new BatchTransform(settings, commit, (head?.sequence ?? 0) + 1).run();
    if (await processed.append(made)) {
      commits.push(made);
      head = made;
    } else {
      head = await processed.head();
    }
  }
  return { commits };
}

/** The transform of one ingestion commit into one processed commit. */
class BatchTransform {
  readonly #settings: Settings;
  readonly #commit: IngestionCommit;
  readonly #sequence: number;
  readonly #dates = new Set<string>();
  readonly #tables: Record<string, DataObject> = {};
  readonly #deleted: Record<string, DataObject> = {};

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
      if (this.#commit.tables[table.from]) {
        await this.#write(table, this.#rowsOf(table, calendar?.name));
      }
      if (this.#commit.deleted[table.from]) await this.#writeTombstones(table);
    }
    if (calendar && this.#dates.size > 0) {
      const toRow = this.#transformOf(calendar) as DateTransform;
      await this.#write(calendar, once(calendarRows(this.#dates, toRow)));
    }
    return {
      format: 1,
      zone: "processed",
      sequence: this.#sequence,
      run: this.#settings.run,
      ingestion_sequence: this.#commit.sequence,
      taken_at: this.#commit.snapshot.taken_at,
      tables: this.#tables,
      deleted: this.#deleted,
    };
  }

  async *#rowsOf(table: DerivedTable, calendar: string | undefined): AsyncGenerator<AnyRow[]> {
    const toRow = this.#transformOf(table) as RowTransform;
    const makeRow = rowMaker(table, toRow, await this.#joinedRows(table));
    const collectDates = dateCollector(table, calendar, this.#dates);
    for await (const rows of this.#sourceRows(table.from)) {
      yield rows.map((row) => {
        const made = makeRow(row);
        collectDates(made);
        return made;
      });
    }
  }

  /** The other sides of a table's joins. They are held in memory, so they must be dimension-sized. */
  async #joinedRows(table: DerivedTable): Promise<JoinedRows> {
    const joined = new Map<string, Map<unknown, AnyRow>>();
    for (const name of Object.keys(table.join ?? {})) {
      const { key } = this.#sourceSpec(name);
      const byKey = new Map<unknown, AnyRow>();
      for await (const rows of this.#sourceRows(name)) {
        for (const row of rows) byKey.set(row[key], row);
      }
      joined.set(name, byKey);
    }
    return joined;
  }

  async *#sourceRows(name: string): AsyncGenerator<AnyRow[]> {
    const object = this.#commit.tables[name];
    if (object) yield* this.#read(object, this.#sourceSpec(name));
  }

  async *#read(object: DataObject, spec: SourceTableSpec): AsyncGenerator<AnyRow[]> {
    const readRow = rowReader(spec);
    for await (
      const batch of parseJsonl(readObject(this.#settings.ingestion, object), object.key)
    ) {
      yield batch.map(readRow);
    }
  }

  async #write(table: WarehouseTableSpec, batches: AsyncIterable<AnyRow[]>): Promise<void> {
    const { processed, onProgress } = this.#settings;
    let rows = 0;
    const counted = counting(batches, (count) => {
      rows += count;
      onProgress?.({
        stage: "transform",
        table: table.name,
        rows,
        expected: table.kind === "calendar"
          ? this.#dates.size
          : this.#commit.tables[table.from].rows,
      });
    });
    const key = this.#key(table, "parquet");
    const object = await writeObject(processed, key, writeParquet(table, counted), () => rows);
    if (object) this.#tables[table.name] = object;
  }

  /** A row here has the key of the row it is made from, so the keys that are gone are the same. */
  async #writeTombstones(table: DerivedTable): Promise<void> {
    const from = this.#sourceSpec(table.from);
    const gone = this.#commit.deleted[table.from];
    const batches = this.#read(gone, keyOf(from));
    const renamed = mapping(batches, (row) => ({ [table.key]: row[from.key] }));
    const chunks = writeParquet(keyOf(table), renamed);
    const key = this.#key(table, "deleted.parquet");
    const object = await writeObject(this.#settings.processed, key, chunks, () => gone.rows);
    if (object) this.#deleted[table.name] = object;
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

  #sourceSpec(name: string): SourceTableSpec {
    const spec = this.#settings.model.source.find((table) => table.name === name);
    if (!spec) throw new ConfigurationError(`the model has no source table ${name}`);
    return spec;
  }

  #transformOf(table: WarehouseTableSpec): RowTransform | DateTransform {
    const found = this.#settings.transforms[table.name];
    if (!found) throw new ConfigurationError(`there is no transform for ${table.name}`);
    return found;
  }
}

async function* mapping<T, U>(
  batches: AsyncIterable<T[]>,
  map: (item: T) => U,
): AsyncGenerator<U[]> {
  for await (const batch of batches) yield batch.map(map);
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

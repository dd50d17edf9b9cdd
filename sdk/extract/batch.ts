import type { SourceTableSpec } from "../../schemas/table.ts";
import type { Value } from "../../schemas/columns.ts";
import { copyScanner } from "../columns/copy_scanner.ts";
import { jsonWriter } from "../columns/json_writer.ts";
import { type Broken, wholeRows } from "../columns/whole_rows.ts";
import { LakeError, SourceError } from "../errors.ts";
import type { DataObject } from "../lake/commit.ts";
import { writeObject } from "../lake/data_objects.ts";
import { dataKey } from "../lake/keys.ts";
import type { PipelineOptions } from "../options.ts";
import type { Connection } from "../postgres/connection.ts";
import { wrapError } from "../postgres/wrap_error.ts";
import { identifier, identifiers } from "../postgres/sql.ts";
import type { ProgressMeter } from "../progress.ts";

/** The options of a {@linkcode BatchWriter}. */
export interface BatchOptions extends Pick<PipelineOptions, "ingestion"> {
  readonly run: string;
  readonly progress: ProgressMeter;
}

/** Rows of a table. */
export interface Selection {
  /** The table, with the columns to copy. */
  readonly table: SourceTableSpec;
  /** The condition that its rows `t` meet, as SQL. */
  readonly condition: string;
}

/** Writes the objects of one batch. They do not count until a commit names them. */
export class BatchWriter {
  readonly #source: Connection;
  readonly #options: BatchOptions;
  readonly #place: { readonly sequence: number; readonly taken_at: string };

  /** Creates a batch that is read through the given connection, for the commit `sequence`. */
  constructor(
    source: Connection,
    options: BatchOptions,
    place: { readonly sequence: number; readonly taken_at: string },
  ) {
    this.#source = source;
    this.#options = options;
    this.#place = place;
  }

  /**
   * Copies rows of tables into an object each, side by side. Returns the objects by table, without those
   * of tables that have no such rows. What the connection is asked next is sent behind the COPYs.
   */
  async copy(selections: readonly Selection[]): Promise<Record<string, DataObject>> {
    const statements = selections.map(({ table, condition }) => copyStatement(table, condition));
    const copied = this.#source.copyOutAll(statements);
    const written = await Promise.allSettled(
      selections.map(({ table }, place) => this.#write(table, copied[place])),
    );
    const failures = written.flatMap((one) => one.status === "rejected" ? [one.reason] : []);
    // A COPY that is abandoned because of the lake takes the others with it.
    const failure = failures.find((error) => error instanceof LakeError) ?? failures[0];
    if (failure) throw failure;
    return Object.fromEntries(written.flatMap((one, place) => {
      const object = one.status === "fulfilled" ? one.value : null;
      return object ? [[selections[place].table.name, object]] : [];
    }));
  }

  async #write(
    table: SourceTableSpec,
    copied: AsyncIterable<Uint8Array>,
  ): Promise<DataObject | null> {
    const { run, ingestion, progress } = this.#options;
    let rows = 0;
    const chunks = jsonChunks(copied, table, (count, bytes) => {
      rows += count;
      progress.add(table.name, count, bytes);
    });
    const where = { stage: "extract", table: table.name, run };
    return await writeObject(ingestion, this.#key(table, "jsonl"), chunks, () => rows)
      .catch(wrapError(SourceError, `cannot read source table ${table.name}`, where));
  }

  /** Writes the keys of deleted rows into an object. Returns null when there are none. */
  async writeTombstones(
    table: SourceTableSpec,
    keys: readonly Value[],
  ): Promise<DataObject | null> {
    const lines = keys.map((key) => JSON.stringify({ [table.key]: key }) + "\n");
    const chunks = single(new TextEncoder().encode(lines.join("")));
    const key = this.#key(table, "deleted.jsonl");
    return await writeObject(this.#options.ingestion, key, chunks, () => keys.length);
  }

  #key(table: SourceTableSpec, extension: string): string {
    return dataKey({ table: table.name, ...this.#place, run: this.#options.run, extension });
  }
}

/** Returns the statement that streams the rows `t` of a table that a condition selects. */
export function copyStatement(table: SourceTableSpec, condition: string): string {
  const columns = identifiers(Object.keys(table.columns), "t");
  return `COPY (SELECT ${columns} FROM ${identifier(table.name)} t WHERE ${condition}) TO STDOUT`;
}

async function* jsonChunks(
  copied: AsyncIterable<Uint8Array>,
  table: SourceTableSpec,
  onRows: (count: number, bytes: number) => void,
): AsyncGenerator<Uint8Array> {
  const scan = copyScanner(Object.keys(table.columns).length);
  const write = jsonWriter(table);
  const broken: Broken = (how) => new Error(`the COPY output of ${table.name} ${how}`);
  for await (const rows of wholeRows(copied, broken)) {
    const fields = scan(rows);
    const lines = write(fields);
    const { length } = lines;
    yield lines;
    onRows(fields.rows, length);
  }
}

async function* single<T>(item: T): AsyncGenerator<T> {
  yield item;
}

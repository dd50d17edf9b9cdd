import { type Model, totesys } from "../../schemas/model.ts";
import { SourceError } from "../errors.ts";
import type { DataObject, IngestionCommit } from "../lake/commit.ts";
import { CommitLog } from "../lake/commit_log.ts";
import { runId } from "../lake/keys.ts";
import type { ObjectStore } from "../lake/store.ts";
import { connect, type Connection } from "../postgres/connection.ts";
import { failingAs } from "../postgres/failure.ts";
import { beginSnapshot } from "../postgres/snapshot.ts";
import type { ProgressListener } from "../progress.ts";
import { BatchWriter, columnsOf } from "./batch.ts";
import { copyStatement, probeStatement, type Since, visibleStatement } from "./delta.ts";
import { discontinuity, laterThan, type Position, positionOf, readPosition } from "./snapshot.ts";

/** What {@linkcode extract} works on. */
export interface ExtractOptions {
  /** The source's connection URL. SELECT rights are enough. */
  readonly source: string;
  /** The ingestion zone. */
  readonly ingestion: ObjectStore;
  /** The tables; totesys when omitted. */
  readonly model?: Model;
  /** The run's id, part of its object keys; made up when omitted. */
  readonly run?: string;
  /** Hears about rows as they are written. */
  readonly onProgress?: ProgressListener;
}

/** What an extraction did. */
export type ExtractResult =
  /** Changes were found and committed. */
  | {
    readonly outcome: "committed";
    readonly commit: IngestionCommit;
    /** Why this batch holds every row rather than the changes since the last one, if it does. */
    readonly full_because?: string;
  }
  /** Nothing changed since the last commit: nothing was written. */
  | { readonly outcome: "unchanged" }
  /** Another run committed first, from a snapshot of its own. The next extraction starts there. */
  | { readonly outcome: "overtaken"; readonly sequence: number };

/**
 * Reads what changed in the source since the last commit, exactly, into the ingestion zone: one JSONL
 * object per table, then one commit that names them. Everything is read in one snapshot.
 *
 * @throws {SourceError} when the source cannot be read.
 * @throws {LakeError} when the ingestion zone cannot be read or written.
 */
export async function extract(options: ExtractOptions): Promise<ExtractResult> {
  const { model = totesys, run = runId(new Date()) } = options;
  const log = new CommitLog<IngestionCommit>(options.ingestion, "ingestion");
  const previous = await log.head();
  await using source = connect(options.source);
  const extraction = new Extraction({ ...options, model, run }, source, previous);
  return await extraction.into(log)
    .catch(failingAs(SourceError, "cannot read the source", { stage: "extract", run }));
}

/** One extraction: the state its steps share. */
class Extraction {
  readonly #options: ExtractOptions & { readonly model: Model; readonly run: string };
  readonly #source: Connection;
  readonly #previous: IngestionCommit | null;
  /** What to read the changes since; everything is read when there is nothing to compare with. */
  #since: Since | undefined;
  #fullBecause: string | undefined;

  constructor(
    options: ExtractOptions & { readonly model: Model; readonly run: string },
    source: Connection,
    previous: IngestionCommit | null,
  ) {
    this.#options = options;
    this.#source = source;
    this.#previous = previous;
    this.#since = previous ?? undefined;
    if (!previous) this.#fullBecause = "first extraction";
  }

  async into(log: CommitLog<IngestionCommit>): Promise<ExtractResult> {
    if (await this.#nothingChanged()) return { outcome: "unchanged" };
    await beginSnapshot(this.#source, this.#options.model.source);
    const position = this.#inOrder(await readPosition(this.#source));
    this.#compareWith(position);
    const sequence = (this.#previous?.sequence ?? 0) + 1;
    const tables = await this.#copyTables(sequence, position.taken_at);
    if (Object.keys(tables).length === 0) return { outcome: "unchanged" };
    const visible = await this.#visibleTransactions(position);
    await this.#source.query("COMMIT");
    const commit: IngestionCommit = {
      format: 1,
      zone: "ingestion",
      sequence,
      run: this.#options.run,
      mode: this.#since ? "delta" : "full",
      snapshot: { ...position, visible },
      columns: columnsOf(this.#options.model.source),
      partial: {},
      tables,
      deleted: {},
    };
    if (!await log.append(commit)) return { outcome: "overtaken", sequence };
    return { outcome: "committed", commit, full_because: this.#fullBecause };
  }

  /** One round trip, and no transaction: what nearly every tick comes down to. */
  async #nothingChanged(): Promise<boolean> {
    if (!this.#since) return false;
    const { source } = this.#options.model;
    const [row] = await this.#source.query(probeStatement(source, this.#since));
    this.#compareWith(positionOf(row));
    return this.#since !== undefined && !source.some((_, place) => row[`changed_${place}`]);
  }

  #compareWith(position: Position): void {
    const reason = this.#since && discontinuity(this.#since.snapshot, position);
    if (!reason) return;
    this.#since = undefined;
    this.#fullBecause = reason;
  }

  #inOrder(position: Position): Position {
    const taken_at = laterThan(position.taken_at, this.#previous?.snapshot.taken_at);
    return { ...position, taken_at };
  }

  async #copyTables(sequence: number, taken_at: string): Promise<Record<string, DataObject>> {
    const { model } = this.#options;
    const batch = new BatchWriter(this.#source, this.#options, { sequence, taken_at });
    const tables: Record<string, DataObject> = {};
    for (const table of model.source) {
      const object = await batch.copy(table, copyStatement(table, model, this.#since));
      if (object) tables[table.name] = object;
    }
    return tables;
  }

  /** Only a snapshot with transactions in progress needs to remember which ones it showed. */
  async #visibleTransactions({ xmin, xmax }: Position): Promise<number[]> {
    if (xmin === xmax) return [];
    const statement = visibleStatement(this.#options.model.source, xmin);
    const rows = await this.#source.query<{ xid: string }>(statement);
    return rows.map(({ xid }) => Number(xid));
  }
}

import type { Model } from "../../schemas/model.ts";
import { SourceError } from "../errors.ts";
import { type DatabaseCommit, type DataObject, isPartial, keyColumns } from "../lake/commit.ts";
import type { CommitLog } from "../lake/commit_log.ts";
import { monotonic } from "../lake/monotonic.ts";
import { FORMAT } from "../lake/upgrades/upgrades.ts";
import type { PipelineOptions } from "../options.ts";
import type { Connection } from "../postgres/connection.ts";
import { type BatchOptions, BatchWriter } from "./batch.ts";
import { NO_ROW } from "./ancestors.ts";
import { type Scope, selection, visibleStatement } from "./delta.ts";
import { estimateBackfill } from "./estimate.ts";
import { type ExtractResult, outcomeOf, type SourceCounts } from "./extract_result.ts";
import { recallSnapshot, rememberSnapshot } from "./last_snapshot.ts";
import {
  type Checkpoint,
  hasBackfill,
  isBegun,
  partialOf,
  type Plan,
  planBatch,
  setBoundSettings,
} from "./plan.ts";
import { discontinuity, OTHER_DATABASE } from "./source_identity.ts";
import { openReading, type ReadSnapshot } from "./reading.ts";
import type { Position } from "./source_position.ts";
import type { SourceSchema } from "./source_schema.ts";
import { flushedStatement, isReached, waitForFlush } from "./wait_for_flush.ts";

/** The options of an extraction, with their defaults filled in. */
export interface Settings extends BatchOptions, Pick<PipelineOptions, "signal"> {
  readonly model: Model;
  /** Reads every row again. */
  readonly full?: boolean;
  /** Counts every table, even if none can have changed since the last commit. */
  readonly mustCount: boolean;
  /** Maximum number of rows that one commit reads for the first time. */
  readonly chunkRows: number;
  /** Called after each commit that another one follows. */
  readonly onPart?: () => void;
}

/** The rows of one snapshot. */
interface Batch {
  /** The commit to append; null when nothing changed. */
  readonly commit: DatabaseCommit | null;
  /** Whether a first load has more rows to read. */
  readonly more: boolean;
}

const NOTHING: Batch = { commit: null, more: false };

/** An extraction of one or more commits. */
export class Extraction {
  readonly #settings: Settings;
  readonly #source: Connection;
  #previous: DatabaseCommit | null;
  /** The state to read changes since; undefined reads every row. */
  #since: Checkpoint | undefined;
  #fullBecause: string | undefined;
  #isEstimated = false;
  #rows: ReadonlyMap<string, number> = new Map();

  /** Creates an extraction that continues from the newest commit, if there is one. */
  constructor(settings: Settings, source: Connection, previous: DatabaseCommit | null) {
    this.#settings = settings;
    this.#source = source;
    this.#previous = previous;
    this.#since = settings.full ? undefined : previous ?? undefined;
    if (!this.#since) this.#fullBecause = previous ? "it was asked for" : "first extraction";
  }

  /** The rows in the last snapshot. */
  get counts(): SourceCounts {
    return { sequence: this.#previous?.sequence ?? 0, rows: this.#rows };
  }

  /** Appends commits until every row has been read once. */
  async run(log: CommitLog<DatabaseCommit>): Promise<ExtractResult> {
    const commits: DatabaseCommit[] = [];
    for (;;) {
      const { model, mustCount } = this.#settings;
      const last = this.#since && recallSnapshot(this.#source, model, this.#previous);
      this.#since = last?.since ?? this.#since;
      const { schema, snapshot } = await openReading(
        this.#source,
        model,
        this.#since,
        mustCount,
      );
      this.#rows = (snapshot?.scan.rows === null ? last?.rows : snapshot?.scan.rows) ?? new Map();
      const { commit, more } = snapshot ? await this.#read(schema, snapshot) : NOTHING;
      if (commit && !await log.append(commit)) {
        this.#rows = new Map(); // they belong to no commit
        if (commits.length === 0) {
          return { outcome: "overtaken", sequence: commit.sequence, schema: schema.changes };
        }
      } else if (commit) {
        commits.push(commit);
        this.#since = this.#previous = commit;
        if (more && !this.#settings.signal?.aborted) {
          this.#settings.onPart?.();
          continue;
        }
        rememberSnapshot(this.#source, model, commit, { since: commit, rows: this.#rows });
      }
      return outcomeOf(schema.changes, commits, this.#fullBecause);
    }
  }

  /** Reads a batch from one snapshot, and ends its transaction. */
  async #read(schema: SourceSchema, snapshot: ReadSnapshot): Promise<Batch> {
    this.#compareWith(snapshot.position);
    const position = this.#inOrder(snapshot.position);
    if (this.#since && !isPartial(this.#since) && isUnchanged(schema, snapshot)) {
      this.#remember(schema, snapshot);
      // Nobody waits for the answer.
      this.#source.query("COMMIT").catch(() => {});
      return NOTHING;
    }
    const { run, chunkRows } = this.#settings;
    await this.#expectBackfill(schema.model);
    const plan = await planBatch(this.#source, schema.model, this.#since, chunkRows);
    const sequence = (this.#previous?.sequence ?? 0) + 1;
    await setBoundSettings(this.#source, schema.model, plan);
    const copied = this.#copyTables(
      {
        ...schema,
        since: this.#since,
        plan,
        xmax: position.xmax,
        unchanged: snapshot.scan.unchanged,
      },
      { sequence, taken_at: position.taken_at },
    );
    const ended = this.#end(schema, snapshot); // sent behind the COPYs
    ended.catch(() => {}); // if a COPY fails, so does this
    const tables = await copied;
    const visible = await ended;
    const commit: DatabaseCommit = {
      format: FORMAT,
      zone: "ingestion",
      sequence,
      run,
      mode: this.#since ? "delta" : "full",
      snapshot: { ...position, visible },
      columns: columnsOf(schema, plan),
      keys: keyColumns(schema.model.source, tables),
      partial: partialOf(plan),
      tables,
      deleted: {},
    };
    return this.#isWorthCommitting(commit) ? { commit, more: hasBackfill(plan) } : NOTHING;
  }

  /** Estimates a first load, once, for progress displays. */
  async #expectBackfill(model: Model): Promise<void> {
    const { progress } = this.#settings;
    if (!progress.hasListener || this.#isEstimated) return;
    this.#isEstimated = true;
    const estimates = await estimateBackfill(this.#source, model, this.#since);
    if (estimates.size > 0) progress.expectAll(estimates);
  }

  #isWorthCommitting({ tables, partial }: DatabaseCommit): boolean {
    if (Object.keys(tables).length > 0) return true;
    if (!this.#since) return this.#previous !== null;
    return JSON.stringify(partial) !== JSON.stringify(this.#since.partial);
  }

  /**
   * Switches to reading every row when the history of the source has a break.
   *
   * @throws {SourceError} when the source is another database: its rows can be other rows.
   */
  #compareWith(position: Position): void {
    const gap = this.#since && discontinuity(this.#since.snapshot, position);
    if (!gap) return;
    if (!gap.isSameDatabase) {
      throw new SourceError(`${gap.reason}; nothing was read`, {
        stage: "extract",
        run: this.#settings.run,
        next: OTHER_DATABASE,
      });
    }
    this.#since = undefined;
    this.#rows = new Map(); // not of what the next commit contains
    this.#fullBecause = gap.reason;
  }

  #inOrder(position: Position): Position {
    const taken_at = monotonic(position.taken_at, this.#previous?.snapshot.taken_at);
    return { ...position, taken_at };
  }

  async #copyTables(
    scope: Scope & SourceSchema,
    place: { readonly sequence: number; readonly taken_at: string },
  ): Promise<Record<string, DataObject>> {
    const { model, fullTables } = scope;
    return await new BatchWriter(this.#source, this.#settings, place).copy(
      model.source.flatMap((table) => {
        const condition = selection(table, scope);
        return condition === NO_ROW ? [] : { table: fullTables.get(table.name)!, condition };
      }),
    );
  }

  /**
   * Ends the transaction and waits until its snapshot is durable in the source. Returns the transactions
   * from `xmin` on that the snapshot shows: none, unless transactions were in progress.
   */
  async #end(
    { model }: SourceSchema,
    { position, log_end, scan: { unchanged } }: ReadSnapshot,
  ): Promise<number[]> {
    // An unchanged table shows only what the checkpoint lists as visible.
    const isClear = this.#since?.snapshot.visible.length === 0;
    const tables = model.source.filter(({ name }) => !(isClear && unchanged.has(name)));
    const hasOpen = position.xmin !== position.xmax && tables.length > 0;
    const answers = await this.#source.batch([
      ...hasOpen ? [visibleStatement(tables, position)] : [],
      "COMMIT",
      ...log_end === null ? [] : [flushedStatement(log_end)],
    ]);
    if (log_end !== null && !answers.at(-1)![0].flushed) await waitForFlush(this.#source, log_end);
    return hasOpen ? answers[0].map(({ xid }) => Number(xid)) : [];
  }

  /** Remembers the snapshot if the next extraction can compare with it. */
  #remember({ model: { source } }: SourceSchema, snapshot: ReadSnapshot): void {
    const { model } = this.#settings;
    const { position, log_end, scan } = snapshot;
    const isFlushed = log_end === null || isReached(log_end, scan.flushed_to);
    const isSettled = isFlushed && position.xmin === position.xmax;
    if (!isSettled || !scan.rows || source.length < model.source.length) return;
    const since = { ...this.#since!, snapshot: { ...position, visible: [] } };
    rememberSnapshot(this.#source, model, this.#previous!, { since, rows: scan.rows });
  }
}

/** Returns whether no table changed. */
function isUnchanged({ model }: SourceSchema, { scan }: ReadSnapshot): boolean {
  return model.source.every(({ name }) => scan.unchanged.has(name));
}

/** Returns the columns of each table whose reading has started, as a commit records them. */
function columnsOf({ model }: SourceSchema, plan: Plan): Record<string, string[]> {
  return Object.fromEntries(
    model.source.filter(({ name }) => isBegun(plan.get(name)!))
      .map(({ name, columns }) => [name, Object.keys(columns)]),
  );
}

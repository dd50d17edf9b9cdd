import type { Model } from "../../schemas/model.ts";
import type { SourceTableSpec } from "../../schemas/table.ts";
import { SourceError } from "../errors.ts";
import { type DataObject, type IngestionCommit, isPartial, keyColumns } from "../lake/commit.ts";
import type { CommitLog } from "../lake/commit_log.ts";
import { FORMAT } from "../lake/upgrades/upgrades.ts";
import type { PipelineOptions } from "../options.ts";
import type { Connection, QueryRow } from "../postgres/connection.ts";
import { type BatchOptions, BatchWriter } from "./batch.ts";
import { countStatement, probeStatement, selection, visibleStatement } from "./delta.ts";
import { estimateBackfill } from "./estimate.ts";
import { waitForFlush } from "./wait_for_flush.ts";
import type { SchemaChange } from "./schema_changes.ts";
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
import { monotonic, type Position, positionOf, readPosition } from "./source_position.ts";
import { beginReading, inspectSource, type SourceSchema } from "./source_schema.ts";

/** The options of an extraction, with their defaults filled in. */
export interface Settings extends BatchOptions, Pick<PipelineOptions, "signal"> {
  /** The tables. */
  readonly model: Model;
  /** Reads every row again. */
  readonly full?: boolean;
  /** Maximum number of rows that one commit reads for the first time. */
  readonly chunkRows: number;
  /** Called after each commit that another one follows. */
  readonly onPart?: () => void;
}

/**
 * How an extraction ended. `committed`: the changes are in the ingestion zone. `unchanged`: nothing
 * changed since the last commit, and nothing was written. `overtaken`: another run committed first, from
 * its own snapshot; the next extraction starts there.
 */
export type ExtractOutcome = "committed" | "unchanged" | "overtaken";

/** The result of an extraction. */
export type ExtractResult =
  & {
    /** How it ended. */
    readonly outcome: ExtractOutcome;
    /** Differences between the source and the specs. A table that one stops was not read. */
    readonly schema: readonly SchemaChange[];
  }
  & (
    | {
      readonly outcome: "committed";
      /** The last of its commits. */
      readonly commit: IngestionCommit;
      /** All its commits, in order: a first load of many rows has several. */
      readonly commits: readonly IngestionCommit[];
      /** Why every row was read; undefined when only the changes since the last commit were. */
      readonly full_because?: string;
    }
    | { readonly outcome: "unchanged" }
    | {
      readonly outcome: "overtaken";
      /** Number of the other run's commit. */
      readonly sequence: number;
    }
  );

/** The rows of each table in the snapshot that an extraction ended with. */
export interface SourceCounts {
  /** The commit after which only deletes can have happened until then. */
  readonly sequence: number;
  /** Number of rows, by table. Has no table whose first rows have not all been read. */
  readonly rows: ReadonlyMap<string, number>;
}

/** The rows of one snapshot. */
interface Batch {
  /** The commit to append; null when nothing changed. */
  readonly commit: IngestionCommit | null;
  /** Whether a first load has more rows to read. */
  readonly more: boolean;
}

const NOTHING: Batch = { commit: null, more: false };

/** An extraction of one or more commits. */
export class Extraction {
  readonly #settings: Settings;
  readonly #source: Connection;
  #previous: IngestionCommit | null;
  /** The state to read changes since; undefined reads every row. */
  #since: Checkpoint | undefined;
  #fullBecause: string | undefined;
  #isEstimated = false;
  #rows: ReadonlyMap<string, number> = new Map();

  /** Creates an extraction that continues from the newest commit, if there is one. */
  constructor(settings: Settings, source: Connection, previous: IngestionCommit | null) {
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
  async run(log: CommitLog<IngestionCommit>): Promise<ExtractResult> {
    const commits: IngestionCommit[] = [];
    for (;;) {
      const before = await inspectSource(this.#source, this.#settings.model);
      const { commit, more } = await this.#nothingChanged(before)
        ? NOTHING
        : await this.#read(before);
      if (commit && !await log.append(commit)) {
        this.#rows = new Map(); // they belong to no commit
        if (commits.length === 0) {
          return { outcome: "overtaken", sequence: commit.sequence, schema: before.changes };
        }
      } else if (commit) {
        commits.push(commit);
        this.#since = this.#previous = commit;
        if (more && !this.#settings.signal?.aborted) {
          this.#settings.onPart?.();
          continue;
        }
      }
      return outcomeOf(before.changes, commits, this.#fullBecause);
    }
  }

  /**
   * Returns whether nothing changed. Most ticks end here, after one round trip and without a
   * transaction.
   */
  async #nothingChanged({ model: { source } }: SourceSchema): Promise<boolean> {
    if (source.length === 0) return true;
    if (!this.#since || isPartial(this.#since)) return false;
    const [row] = await this.#source.query(probeStatement(source, this.#since));
    this.#compareWith(positionOf(row));
    this.#rows = rowsOf(source, row);
    return this.#since !== undefined && !source.some((_, place) => row[`changed_${place}`]);
  }

  /** Reads a batch from one snapshot. */
  async #read(before: SourceSchema): Promise<Batch> {
    const { model, run, chunkRows } = this.#settings;
    const schema = await beginReading(this.#source, model, before, "extract");
    const position = this.#inOrder(await readPosition(this.#source));
    this.#compareWith(position);
    await this.#expectBackfill(schema.model);
    const plan = await planBatch(this.#source, schema.model, this.#since, chunkRows);
    const sequence = (this.#previous?.sequence ?? 0) + 1;
    const tables = await this.#copyTables(schema, plan, { sequence, taken_at: position.taken_at });
    const visible = await this.#visibleTransactions(schema, position);
    await this.#count(
      schema.model.source.filter(({ name }) => plan.get(name)!.alreadyRead === "all"),
    );
    await this.#source.query("COMMIT");
    await waitForFlush(this.#source);
    const commit: IngestionCommit = {
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
    if (estimates.size === 0) return;
    for (const [table, rows] of estimates) progress.expect(table, rows);
    progress.beginPart(0, 1, [...estimates.values()].reduce((sum, rows) => sum + rows, 0));
  }

  #isWorthCommitting({ tables, partial }: IngestionCommit): boolean {
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
    this.#fullBecause = gap.reason;
  }

  #inOrder(position: Position): Position {
    const taken_at = monotonic(position.taken_at, this.#previous?.snapshot.taken_at);
    return { ...position, taken_at };
  }

  /** Counts the tables whose rows the warehouse can have. */
  async #count(tables: readonly SourceTableSpec[]): Promise<void> {
    const [row] = await this.#source.query(countStatement(tables));
    this.#rows = rowsOf(tables, row);
  }

  async #copyTables(
    { model, fullTables }: SourceSchema,
    plan: Plan,
    place: { readonly sequence: number; readonly taken_at: string },
  ): Promise<Record<string, DataObject>> {
    await setBoundSettings(this.#source, model, plan);
    const batch = new BatchWriter(this.#source, this.#settings, place);
    const scope = { model, since: this.#since, plan };
    const tables: Record<string, DataObject> = {};
    for (const table of model.source) {
      const object = await batch.copy(fullTables.get(table.name)!, selection(table, scope));
      if (object) tables[table.name] = object;
    }
    return tables;
  }

  /**
   * Returns the transactions from `xmin` on that the snapshot shows: none, unless transactions were
   * in progress.
   */
  async #visibleTransactions(
    { model }: SourceSchema,
    { xmin, xmax }: Position,
  ): Promise<number[]> {
    if (xmin === xmax) return [];
    const rows = await this.#source.query<{ xid: string }>(visibleStatement(model.source, xmin));
    return rows.map(({ xid }) => Number(xid));
  }
}

/** Returns the columns `rows_0`, `rows_1` and so on by table. */
function rowsOf(tables: readonly SourceTableSpec[], row: QueryRow): Map<string, number> {
  return new Map(tables.map(({ name }, place) => [name, row[`rows_${place}`] as number]));
}

function outcomeOf(
  schema: SourceSchema["changes"],
  commits: readonly IngestionCommit[],
  full_because: string | undefined,
): ExtractResult {
  const commit = commits.at(-1);
  return commit
    ? { outcome: "committed", commit, commits, full_because, schema }
    : { outcome: "unchanged", schema };
}

/** Returns the columns of each table whose reading has started, as a commit records them. */
function columnsOf({ model }: SourceSchema, plan: Plan): Record<string, string[]> {
  return Object.fromEntries(
    model.source.filter(({ name }) => isBegun(plan.get(name)!))
      .map(({ name, columns }) => [name, Object.keys(columns)]),
  );
}

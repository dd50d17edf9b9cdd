/**
 * Applies commits of one source to a warehouse, each in its own transaction.
 *
 * @module
 */
import { totesys } from "../../schemas/model.ts";
import type { TableSpec, WarehouseTableSpec } from "../../schemas/table.ts";
import { convertedViews, type DerivedView } from "../derive/converted_views.ts";
import { references } from "../derive/ddl.ts";
import { DATABASE, everyTable, sourceModel } from "../derive/source_model.ts";
import { EtlError, WarehouseError } from "../errors.ts";
import { hasBaselineAfter, requireBaseline } from "../lake/baseline.ts";
import type { ProcessedCommit, SkippedCommit } from "../lake/commit.ts";
import { findDamage } from "../lake/find_damage.ts";
import { ReadAhead } from "../lake/read_ahead.ts";
import { sourceStore } from "../lake/source_store.ts";
import type { ObjectStore } from "../lake/store.ts";
import { processedZone, type Zone } from "../lake/zone.ts";
import type { PipelineOptions } from "../options.ts";
import type { Connection } from "../postgres/connection.ts";
import { acquireConnection } from "../postgres/kept_connections.ts";
import { identifier } from "../postgres/sql.ts";
import type { Statement } from "../postgres/statement.ts";
import { wrapError } from "../postgres/wrap_error.ts";
import { commitParts, type ProgressMeter, progressMeter } from "../progress.ts";
import { type Applied, recordApplied, refuseOtherLake } from "./applied_commit.ts";
import { addFirstForeignKeys, missingConstraints } from "./constraints.ts";
import { selectOutdatedViews, updateViews } from "./derived_views.ts";
import { evolveTables } from "./evolve_tables.ts";
import { type LockedWarehouse, lockWarehouse } from "./locked_warehouse.ts";
import { Pipeline } from "./pipeline.ts";
import { moveOrphans, quarantineOrphans } from "./quarantine.ts";
import { forgetRowCounts } from "./row_counts.ts";
import { createMissingTables } from "./tables.ts";
import { type Answer, answerOf, currentState, selectState } from "./warehouse_state.ts";

/** The options of {@linkcode load}. */
export interface LoadOptions extends
  Pick<
    PipelineOptions,
    | "processed"
    | "warehouse"
    | "model"
    | "sourceName"
    | "referenceCurrency"
    | "onProgress"
    | "signal"
  > {
  /** The processed commit that an empty warehouse starts with: 1, or one of mode `full`. Default: 1. */
  readonly from?: number;
  /** Loads no commit of a later source snapshot than this (RFC 3339, UTC). Default: loads all commits. */
  readonly until?: string;
}

/** What a load did, and the state of the warehouse after it. */
export interface Loaded extends Answer {
  /** The applied commits, in order. */
  readonly commits: readonly ProcessedCommit[];
  /** Commits that were applied as empty, because they could not be read. */
  readonly skipped: readonly SkippedCommit[];
}

const wrap = wrapError(WarehouseError, "cannot load the warehouse", { stage: "load" });

/** Loads once. */
export class Loader {
  readonly #options: LoadOptions;
  readonly #source: string;
  /** The tables of the source. */
  readonly #own: readonly WarehouseTableSpec[];
  /** The tables of every source. Those that exist can refer to, or wait for, rows of this one. */
  readonly #every: readonly WarehouseTableSpec[];
  readonly #views: readonly DerivedView[];
  readonly #zone: Zone<ProcessedCommit>;
  readonly #questions: readonly Statement[];
  readonly #progress: ProgressMeter;
  readonly #commits: ProcessedCommit[] = [];
  readonly #skipped: SkippedCommit[] = [];
  /** Damaged commits that are not needed, as they are applied, by number. */
  readonly #emptied = new Map<number, ProcessedCommit>();
  #hasOutdatedViews = false;
  /** The commit that is being loaded. */
  #current: ProcessedCommit | undefined;
  #ahead: Promise<Answer | undefined> | undefined;

  /**
   * `questions` are asked together with the state of the warehouse, which saves round trips. `ahead` is
   * the answer of {@linkcode Loader.ask}, if it was asked before.
   */
  constructor(
    options: LoadOptions,
    questions: readonly Statement[] = [],
    ahead?: Promise<Answer | undefined>,
  ) {
    this.#options = options;
    this.#ahead = ahead;
    const { model = totesys, sourceName = DATABASE } = options;
    this.#source = sourceName;
    this.#own = sourceModel(model, sourceName).warehouse;
    this.#every = everyTable(model);
    this.#zone = processedZone(sourceStore(options.processed, sourceName));
    this.#views = convertedViews(this.#every, options.referenceCurrency);
    this.#questions = [selectOutdatedViews(this.#views), ...questions];
    this.#progress = progressMeter("load", options.onProgress);
  }

  /** Asks the warehouse what a load has to know. Returns undefined when it has no control tables. */
  async ask(): Promise<Answer | undefined> {
    await using warehouse = acquireConnection(this.#options.warehouse);
    return await currentState(warehouse, this.#source, this.#questions);
  }

  /** Loads; starts again when a commit turns out to be damaged and is not needed. */
  async run(): Promise<Loaded> {
    for (;;) {
      try {
        const ahead = await this.#ahead?.catch(() => undefined); // it is asked again
        this.#ahead = undefined;
        await using warehouse = acquireConnection(this.#options.warehouse);
        const answer = await this.#loadAll(warehouse, ahead).catch(wrap);
        const [, ...answers] = answer.answers;
        return { ...answer, answers, commits: this.#commits, skipped: this.#skipped };
      } catch (error) {
        await this.#emptyDamaged(error);
      }
    }
  }

  /**
   * Empties the current commit if its objects are damaged and a later commit has every row again.
   * They are verified while they are read, so any error can come from damage: of the warehouse, too.
   *
   * @throws the error, or that of the damage.
   */
  async #emptyDamaged(error: unknown): Promise<void> {
    const commit = this.#current;
    if (!commit || (error instanceof EtlError && error.retryable)) throw error;
    const { store, log } = this.#zone;
    const damage = await findDamage(store, commit);
    if (!damage) throw error;
    if (!await hasBaselineAfter(log, commit.sequence)) throw damage;
    const empty = { ...commit, tables: {}, deleted: {}, quarantined: {}, skipped: damage.message };
    this.#emptied.set(commit.sequence, empty);
    this.#current = undefined;
  }

  async #loadAll(warehouse: Connection, ahead: Answer | undefined): Promise<Answer> {
    const [source, every] = [this.#source, this.#every];
    let answer = ahead ?? await currentState(warehouse, source, this.#questions);
    this.#noteViews(answer);
    let found = answer && await this.#next(answer.state.applied);
    const before = answer?.state.applied?.sequence ?? (this.#options.from ?? 1) - 1;
    const beginPart = await commitParts(this.#progress, this.#zone.log, before);
    // The lock is taken even without a commit, to create the tables or to replace views.
    while (!answer || found || this.#hasOutdatedViews) {
      await using ahead = found && new ReadAhead(this.#zone.store, found);
      const locked = await lockWarehouse(warehouse, source, every, answer?.state);
      // Another loader can have loaded while this one waited for the lock, even from another lake.
      if (!isSame(answer?.state.applied, locked.applied)) found = await this.#next(locked.applied);
      const commit = found && (this.#emptied.get(found.sequence) ?? found);
      if (commit) beginPart(commit);
      this.#current = commit;
      answer = await this.#load(warehouse, locked, commit, ahead);
      this.#current = undefined;
      if (this.#options.signal?.aborted) break;
      found = await this.#next(answer.state.applied, commit);
    }
    return this.#commits.length === 0 ? await this.#releaseOrphans(warehouse, answer) : answer;
  }

  /**
   * Releases the orphans of a source without new commits, if there are any: the rows that they wait for can
   * have arrived in a load that did not know this source. The database does without: it costs a tick.
   */
  async #releaseOrphans(warehouse: Connection, answer: Answer): Promise<Answer> {
    const { applied, orphaned } = answer.state;
    const isWaiting = this.#own.some(({ name }) => orphaned.includes(name));
    if (this.#source === DATABASE || !applied || !isWaiting) return answer;
    const locked = await lockWarehouse(warehouse, this.#source, this.#every, answer.state);
    const last = await this.#zone.log.read(locked.applied!.sequence);
    return await this.#load(warehouse, locked, {
      ...last,
      tables: {},
      deleted: {},
      quarantined: {},
    });
  }

  /** Returns the commit after the last applied one, which must be of this lake; `known` is. */
  async #next(applied: Applied | null, known?: Applied): Promise<ProcessedCommit | undefined> {
    const { log } = this.#zone;
    if (applied && !isSame(known, applied)) await refuseOtherLake(log, applied);
    for await (const commit of log.after(applied?.sequence ?? (this.#options.from ?? 1) - 1)) {
      if (!applied) requireBaseline(commit, "load");
      const { until = commit.taken_at } = this.#options;
      return commit.taken_at <= until ? commit : undefined;
    }
  }

  /** Applies a commit, if there is one, and ends the transaction. The last applied one is not recorded again. */
  async #load(
    warehouse: Connection,
    { tables, orphaned, applied }: LockedWarehouse,
    commit: ProcessedCommit | undefined,
    processed: ObjectStore = this.#zone.store,
  ): Promise<Answer> {
    const [own, all] = [this.#own, neededTables(this.#own, this.#every, tables)];
    await evolveTables(warehouse, all, tables, this.#views);
    const created = await createMissingTables(warehouse, all, tables);
    if (created.size > 0) {
      await forgetRowCounts(warehouse, created);
      await addFirstForeignKeys(warehouse, all, tables, created);
    }
    if (created.size > 0 || this.#hasOutdatedViews) await updateViews(warehouse, this.#views);
    const lacksKeys = own.map(({ name }) => tables.get(name)!)
      .some(({ isBare, isOwned }) => isBare && isOwned);
    this.#progress.leaveShareToSteps(lacksKeys);
    const pipeline = new Pipeline(warehouse);
    if (commit) {
      const { CommitLoad } = await import("./commit_load.ts"); // not for a tick without changes
      const keepsValid = this.#source === DATABASE;
      const options = { processed, own, keepsValid, progress: this.#progress };
      const before = { applied, all, tables, created, orphaned: new Set(orphaned) };
      await new CommitLoad(warehouse, pipeline, commit, before, options).run();
    }
    await this.#addConstraints(warehouse, pipeline, all, tables, commit);
    const isNew = commit !== undefined && commit.sequence !== applied?.sequence;
    // After a failure, the transaction refuses to commit.
    const end = [...isNew ? [recordApplied(commit, this.#source)] : [], "COMMIT"];
    const ending = warehouse.batch([...end, selectState(this.#source), ...this.#questions]);
    ending.catch(() => {}); // an earlier statement can be the cause
    await pipeline.settle();
    const rows = await ending;
    if (isNew) this.#commits.push(commit);
    if (commit && commit === this.#emptied.get(commit.sequence)) {
      this.#skipped.push({ zone: "processed", sequence: commit.sequence, reason: commit.skipped! });
    }
    const answer = answerOf(rows.slice(end.length));
    this.#noteViews(answer);
    return answer;
  }

  #noteViews(answer: Answer | undefined): void {
    this.#hasOutdatedViews = (answer?.answers[0].length ?? 0) > 0;
  }

  /** Adds the constraints that complete tables do not have yet. */
  async #addConstraints(
    warehouse: Connection,
    pipeline: Pipeline,
    all: readonly WarehouseTableSpec[],
    tables: LockedWarehouse["tables"],
    commit: ProcessedCommit | undefined,
  ): Promise<void> {
    const constraints = missingConstraints(warehouse, {
      own: this.#own,
      all,
      tables,
      incomplete: commit?.incomplete ?? [],
      quarantineOrphans: async (table) => {
        await forgetRowCounts(warehouse, [table.name]);
        if (!commit) return;
        const orphans = quarantineOrphans(identifier(table.name), table, all, commit);
        await moveOrphans(warehouse, orphans);
      },
    });
    if (constraints.length > 0) await pipeline.settle();
    this.#progress.expectSteps(constraints.map(({ table }) => table));
    for (const { table, step, add } of constraints) {
      this.#progress.step(table, step);
      await add();
    }
  }
}

/**
 * Returns the specs of a source's tables, of those of other sources that exist, and of what they refer to,
 * in the order of `every`.
 */
function neededTables(
  own: readonly WarehouseTableSpec[],
  every: readonly WarehouseTableSpec[],
  existing: ReadonlyMap<string, unknown>,
): WarehouseTableSpec[] {
  const needed = new Set<TableSpec>();
  const add = (table: TableSpec) => {
    if (needed.has(table)) return;
    needed.add(table);
    for (const { parent } of references(table, every)) add(parent);
  };
  for (const table of every) if (own.includes(table) || existing.has(table.name)) add(table);
  return every.filter((table) => needed.has(table));
}

function isSame(a: Applied | null | undefined, b: Applied | null): boolean {
  return a !== undefined && a?.sequence === b?.sequence && a?.run === b?.run;
}

import { type Model, totesys } from "../../schemas/model.ts";
import type { AnyRow, WarehouseTableSpec } from "../../schemas/table.ts";
import { references } from "../derive/ddl.ts";
import { WarehouseError } from "../errors.ts";
import type { DataObject, ProcessedCommit } from "../lake/commit.ts";
import { CommitLog } from "../lake/commit_log.ts";
import { readObject } from "../lake/data_objects.ts";
import { readParquet } from "../lake/parquet_reader.ts";
import type { ObjectStore } from "../lake/store.ts";
import { connect, type Connection } from "../postgres/connection.ts";
import { copyField } from "../postgres/copy_text.ts";
import { failingAs } from "../postgres/failure.ts";
import { identifier } from "../postgres/sql.ts";
import type { ProgressListener } from "../progress.ts";
import { type Applied, beginTurn, createControl, lastApplied, recordApplied } from "./control.ts";
import { copyInto, createStage, merge, missingReferences, stageOf } from "./merge.ts";
import { addConstraints, createTables } from "./tables.ts";

/** What {@linkcode load} works on. */
export interface LoadOptions {
  /** The processed zone. */
  readonly processed: ObjectStore;
  /** The warehouse's connection URL. */
  readonly warehouse: string;
  /** The tables; totesys when omitted. */
  readonly model?: Model;
  /** Hears about rows as they are copied. */
  readonly onProgress?: ProgressListener;
}

/** What a load did. */
export interface LoadResult {
  /** The commits it applied, in order. */
  readonly commits: readonly ProcessedCommit[];
  /** The last commit the warehouse has now taken in; 0 before the first. */
  readonly sequence: number;
}

/**
 * Applies every processed commit the warehouse has not taken in yet, in order, each in a transaction
 * of its own that also records it. Creates the warehouse's tables when they are absent. However often
 * it runs, twice at once too, and wherever it dies: the warehouse is the same.
 *
 * @throws {WarehouseError} when the warehouse cannot be written, or was loaded from another lake.
 * @throws {LakeError} when the processed zone cannot be read.
 */
export async function load(options: LoadOptions): Promise<LoadResult> {
  const log = new CommitLog<ProcessedCommit>(options.processed, "processed");
  await using warehouse = connect(options.warehouse);
  return await loadFrom(log, warehouse, options)
    .catch(failingAs(WarehouseError, "cannot load the warehouse", { stage: "load" }));
}

async function loadFrom(
  log: CommitLog<ProcessedCommit>,
  warehouse: Connection,
  options: LoadOptions,
): Promise<LoadResult> {
  const commits: ProcessedCommit[] = [];
  let applied = await lastApplied(warehouse);
  if (applied) await refuseOtherLake(log, applied);
  // The first turn is taken even without a commit: it creates the tables.
  while (applied === undefined || await next(log, applied)) {
    await beginTurn(warehouse);
    await createControl(warehouse);
    const created = await createTables(warehouse, options.model ?? totesys);
    // Another loader may have been here while this one waited for its turn, from another lake too.
    applied = await lastApplied(warehouse) ?? null;
    if (applied) await refuseOtherLake(log, applied);
    const commit = await next(log, applied);
    if (commit) {
      await new CommitLoad(warehouse, commit, created, options).run();
      await recordApplied(warehouse, commit);
      commits.push(commit);
      applied = commit;
    }
    await addConstraints(warehouse, options.model ?? totesys, created);
    await warehouse.query("COMMIT");
  }
  return { commits, sequence: applied?.sequence ?? 0 };
}

async function next(
  log: CommitLog<ProcessedCommit>,
  applied: Applied | null,
): Promise<ProcessedCommit | undefined> {
  for await (const commit of log.after(applied?.sequence ?? 0)) return commit;
}

/** Two lakes both count 1, 2, 3: going on from another one would mix two histories. */
async function refuseOtherLake(log: CommitLog<ProcessedCommit>, applied: Applied): Promise<void> {
  const head = await log.head();
  const same = head && head.sequence >= applied.sequence &&
    (await log.read(applied.sequence)).run === applied.run;
  if (same) return;
  throw new WarehouseError(
    `the warehouse was loaded from another lake: its commit ${applied.sequence} is of run ` +
      `${applied.run}, which this processed zone does not have`,
    {
      stage: "load",
      next: "set PROCESSED_URL to that lake, or WAREHOUSE_URL to an empty database",
    },
  );
}

/** More rows than this are merged without a trigger per row and foreign key. */
const BULK_ROWS = 5_000;

/** The load of one commit, inside its transaction. */
class CommitLoad {
  readonly #warehouse: Connection;
  readonly #commit: ProcessedCommit;
  readonly #created: ReadonlySet<string>;
  readonly #options: LoadOptions;
  readonly #model: Model;

  constructor(
    warehouse: Connection,
    commit: ProcessedCommit,
    created: ReadonlySet<string>,
    options: LoadOptions,
  ) {
    this.#warehouse = warehouse;
    this.#commit = commit;
    this.#created = created;
    this.#options = options;
    this.#model = options.model ?? totesys;
  }

  async run(): Promise<void> {
    for (const table of this.#model.warehouse) {
      const object = this.#commit.tables[table.name];
      if (!object) continue;
      const where = { stage: "load", table: table.name, run: this.#commit.run };
      await this.#loadTable(table, object)
        .catch(failingAs(WarehouseError, `cannot load warehouse table ${table.name}`, where));
    }
  }

  async #loadTable(table: WarehouseTableSpec, object: DataObject): Promise<void> {
    // A fact that is new takes its rows directly; its constraints, added after, check them all.
    if (table.kind === "fact" && this.#created.has(table.name)) {
      return await this.#copy(identifier(table.name), table, object);
    }
    await this.#warehouse.query(createStage(table));
    await this.#copy(stageOf(table), table, object);
    await this.#refuseMissingReferences(table);
    const bulk = object.rows > BULK_ROWS && await this.#withoutTriggers(table);
    await this.#warehouse.query(merge(table));
    if (bulk) await this.#warehouse.query("SET LOCAL session_replication_role = origin");
    await this.#warehouse.query(`DROP TABLE ${stageOf(table)}`);
  }

  async #copy(target: string, table: WarehouseTableSpec, object: DataObject): Promise<void> {
    const { processed } = this.#options;
    // Parquet is read in parts: only as a whole it is known to be what was written.
    for await (const _ of readObject(processed, object)) continue;
    const batches = readParquet(processed, object, table);
    const rows = this.#copyText(table, object, batches);
    await this.#warehouse.copyIn(copyInto(target, table), rows);
  }

  async *#copyText(
    table: WarehouseTableSpec,
    object: DataObject,
    batches: AsyncIterable<AnyRow[]>,
  ): AsyncGenerator<Uint8Array> {
    const encoder = new TextEncoder();
    const columns = Object.keys(table.columns);
    const isFact = table.kind === "fact";
    const validFrom = isFact ? `\t${this.#commit.taken_at}\n` : "\n";
    let rows = 0;
    for await (const batch of batches) {
      let text = "";
      for (const row of batch) {
        rows++;
        // A fact's surrogate key begins as its place in the file, so that it depends on nothing else.
        text += isFact ? `${rows}\t` : "";
        for (let i = 0; i < columns.length; i++) {
          text += (i > 0 ? "\t" : "") + copyField(row[columns[i]]);
        }
        text += validFrom;
      }
      yield encoder.encode(text);
      this.#options.onProgress?.({
        stage: "load",
        table: table.name,
        rows,
        expected: object.rows,
      });
    }
  }

  async #refuseMissingReferences(table: WarehouseTableSpec): Promise<void> {
    const check = missingReferences(table, this.#model.warehouse);
    if (check === undefined) return;
    const missing = await this.#warehouse.query<{ place: number; key: string; value: string }>(
      check,
    );
    if (missing.length === 0) return;
    const all = references(table, this.#model.warehouse);
    const named = missing.slice(0, 5).map(({ place, key, value }) =>
      `${table.key} ${key} refers by ${all[place].column} to ${all[place].parent.name} ${value}`
    );
    throw new WarehouseError(
      `${table.name} refers to rows the warehouse lacks: ${named.join("; ")}`,
      {
        stage: "load",
        table: table.name,
        run: this.#commit.run,
        next: "add the missing rows to the source; the next run loads both",
      },
    );
  }

  /**
   * Switches the row-by-row foreign key triggers off for a large merge, whose references have just
   * been checked as a set. Roles that may not do that pay for the triggers instead. The lock keeps
   * the referenced rows there until the commit; it does not block readers.
   */
  async #withoutTriggers(table: WarehouseTableSpec): Promise<boolean> {
    const parents = Object.values(table.columns).flatMap(({ references }) => references ?? []);
    if (parents.length === 0) return false;
    await this.#warehouse.query("SAVEPOINT triggers");
    try {
      const locked = [...new Set(parents)].map(identifier).join(", ");
      await this.#warehouse.query(`LOCK TABLE ${locked} IN SHARE ROW EXCLUSIVE MODE`);
      await this.#warehouse.query("SET LOCAL session_replication_role = replica");
      return true;
    } catch {
      await this.#warehouse.query("ROLLBACK TO SAVEPOINT triggers");
      return false;
    }
  }
}

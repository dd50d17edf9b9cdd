import { type Model, totesys } from "../../schemas/model.ts";
import {
  type AnyRow,
  type DimensionSpec,
  type FactSpec,
  keyOf,
  type TableSpec,
  type WarehouseTableSpec,
} from "../../schemas/table.ts";
import { VALID_FROM } from "../derive/ddl.ts";
import { WarehouseError } from "../errors.ts";
import { type DataObject, ownEntry, type ProcessedCommit } from "../lake/commit.ts";
import { damagedObject } from "../lake/damage.ts";
import { readObject } from "../lake/data_objects.ts";
import type { PipelineOptions } from "../options.ts";
import type { ProgressMeter } from "../progress.ts";
import { readLines } from "../read_lines.ts";
import { openParquet, readParquet } from "../lake/parquet_reader.ts";
import type { Connection } from "../postgres/connection.ts";
import { wrapError } from "../postgres/wrap_error.ts";
import { identifier } from "../postgres/sql.ts";
import { copyText } from "./rows_to_copy.ts";
import { allowNull } from "./tables.ts";
import { copyInto, createKeyStage, createStage, merge, remove, stagingTable } from "./merge.ts";
import {
  clearQuarantine,
  insertQuarantined,
  keepValidFrom,
  orphanedTables,
  quarantineOrphans,
  releaseOrphans,
  updateReasons,
} from "./quarantine.ts";
import { countMerged, countRemoved } from "./row_counts.ts";

/** Above this many rows, a merge disables the trigger per row and foreign key. */
const BULK_ROWS = 5_000;
const INSUFFICIENT_PRIVILEGE = "42501";

/** The options of one commit's load. */
export interface CommitLoadOptions extends Pick<PipelineOptions, "processed" | "model"> {
  /** Counts the rows. */
  readonly progress: ProgressMeter;
}

/** The rows of an object. */
interface Batch {
  readonly rows: AsyncIterable<readonly AnyRow[]>;
  /** Number of rows. */
  readonly expected: number;
}

/** The load of one verified commit, within its transaction. */
export class CommitLoad {
  readonly #warehouse: Connection;
  readonly #commit: ProcessedCommit;
  readonly #created: ReadonlySet<string>;
  readonly #options: CommitLoadOptions;
  readonly #model: Model;

  constructor(
    warehouse: Connection,
    commit: ProcessedCommit,
    created: ReadonlySet<string>,
    options: CommitLoadOptions,
  ) {
    this.#warehouse = warehouse;
    this.#commit = commit;
    this.#created = created;
    this.#options = options;
    this.#model = options.model ?? totesys;
  }

  async run(): Promise<void> {
    const { warehouse } = this.#model;
    const orphaned = await orphanedTables(this.#warehouse);
    for (const table of warehouse) {
      const object = ownEntry(this.#commit.tables, table.name);
      if (!object && !orphaned.has(table.name)) continue;
      await this.#loadTable(table, object, orphaned.has(table.name)).catch(this.#failing(table));
    }
    for (const table of warehouse) {
      const object = ownEntry(this.#commit.quarantined, table.name);
      if (object) await this.#insertQuarantined(table, object).catch(this.#failing(table));
    }
    // Facts first: a dimension row is deleted only when no fact refers to it any more.
    for (const table of warehouse.toReversed()) {
      const object = ownEntry(this.#commit.deleted, table.name);
      if (!object || table.kind === "calendar") continue;
      await this.#removeKeys(table, object).catch(this.#failing(table));
    }
  }

  #failing(table: WarehouseTableSpec): (cause: unknown) => never {
    const where = { stage: "load", table: table.name, run: this.#commit.run };
    return wrapError(WarehouseError, `cannot load warehouse table ${table.name}`, where);
  }

  /** Loads an object's rows, and the orphans that its rows release. */
  async #loadTable(
    table: WarehouseTableSpec,
    object: DataObject | undefined,
    hasOrphans: boolean,
  ): Promise<void> {
    const batch = object && await this.#open(table, object);
    const surrogate = table.kind === "fact" ? table.surrogate : undefined;
    // A new fact table receives its rows directly; constraints are added later and check them all.
    if (batch && table.kind === "fact" && this.#created.has(table.name)) {
      return await this.#copy(identifier(table.name), table, batch, surrogate);
    }
    await this.#warehouse.query(createStage(table));
    if (batch) await this.#copy(stagingTable(table), table, batch, surrogate);
    if (hasOrphans && table.kind === "fact") await keepValidFrom(this.#warehouse, table);
    const bulk = object && object.rows > BULK_ROWS && await this.#disableTriggers(table);
    await quarantineOrphans(this.#warehouse, stagingTable(table), table, this.#model, this.#commit);
    await clearQuarantine(this.#warehouse, table);
    if (hasOrphans) {
      await releaseOrphans(this.#warehouse, table, this.#model);
      await updateReasons(this.#warehouse, table, this.#model);
    }
    if (table.kind !== "calendar") await countMerged(this.#warehouse, table);
    await this.#warehouse.query(merge(table));
    if (bulk) await this.#warehouse.query("SET LOCAL session_replication_role = origin");
    await this.#warehouse.query(`DROP TABLE ${stagingTable(table)}`);
  }

  async #insertQuarantined(table: WarehouseTableSpec, object: DataObject): Promise<void> {
    const chunks = readObject(this.#options.processed, object);
    const damaged = (problem: string, cause?: unknown) => damagedObject(object.key, problem, cause);
    for await (const lines of readLines(chunks, damaged)) {
      await insertQuarantined(this.#warehouse, table, `[${lines.join(",")}]`, this.#commit);
    }
  }

  async #removeKeys(table: DimensionSpec | FactSpec, object: DataObject): Promise<void> {
    await this.#warehouse.query(createKeyStage(table));
    const keys = keyOf(table);
    const rows = readParquet(this.#options.processed, object, keys);
    await this.#copy(stagingTable(table), keys, { rows, expected: object.rows });
    await clearQuarantine(this.#warehouse, table);
    await countRemoved(this.#warehouse, table);
    for (const { text, values } of remove(table, this.#model.warehouse, this.#commit.taken_at)) {
      await this.#warehouse.query(text, values);
    }
    await this.#warehouse.query(`DROP TABLE ${stagingTable(table)}`);
  }

  /** Opens an object's rows, and allows NULL in columns that the object does not have. */
  async #open(table: WarehouseTableSpec, object: DataObject): Promise<Batch> {
    const { absent, rows } = await openParquet(this.#options.processed, object, table);
    if (absent.length > 0) await allowNull(this.#warehouse, table, absent);
    return { rows, expected: object.rows };
  }

  /** Copies rows; those of a fact with their position, the start of a surrogate key. */
  async #copy(
    target: string,
    table: TableSpec,
    { rows: batches, expected }: Batch,
    surrogate?: string,
  ): Promise<void> {
    const { progress } = this.#options;
    progress.expect(table.name, expected);
    const columns = Object.keys(table.columns);
    const version = surrogate === undefined ? undefined : { valid_from: this.#commit.taken_at };
    const text = copyText(
      batches,
      columns,
      version,
      (count) => progress.add(table.name, count),
    );
    const filled = surrogate === undefined ? columns : [surrogate, ...columns, VALID_FROM];
    await this.#warehouse.copyIn(copyInto(target, filled), text);
  }

  /**
   * Disables foreign key triggers for a large merge, whose references are checked as a set. Roles
   * without that right use the triggers. The lock keeps the referenced rows until the commit and
   * does not block readers.
   */
  async #disableTriggers(table: WarehouseTableSpec): Promise<boolean> {
    const parents = Object.values(table.columns).flatMap(({ references }) => references ?? []);
    if (parents.length === 0) return false;
    await this.#warehouse.query("SAVEPOINT triggers");
    try {
      const locked = [...new Set(parents)].map(identifier).join(", ");
      await this.#warehouse.query(`LOCK TABLE ${locked} IN SHARE ROW EXCLUSIVE MODE`);
      await this.#warehouse.query("SET LOCAL session_replication_role = replica");
      return true;
    } catch (error) {
      if ((error as { code?: string }).code !== INSUFFICIENT_PRIVILEGE) throw error;
      await this.#warehouse.query("ROLLBACK TO SAVEPOINT triggers");
      return false;
    }
  }
}

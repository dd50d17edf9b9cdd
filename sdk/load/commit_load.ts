import { type Model, totesys } from "../../schemas/model.ts";
import {
  type DimensionSpec,
  type FactSpec,
  keyOf,
  type TableSpec,
  type WarehouseTableSpec,
} from "../../schemas/table.ts";
import { VALID_FROM } from "../derive/ddl.ts";
import { WarehouseError } from "../errors.ts";
import { type DataObject, type ProcessedCommit, saidOf } from "../lake/commit.ts";
import { readObject } from "../lake/data_objects.ts";
import { readLines } from "../lake/jsonl.ts";
import { readParquet } from "../lake/parquet_reader.ts";
import type { Connection } from "../postgres/connection.ts";
import { failingAs } from "../postgres/failure.ts";
import { identifier } from "../postgres/sql.ts";
import { copyText } from "./rows_to_copy.ts";
import type { LoadOptions } from "./load.ts";
import { copyInto, createKeyStage, createStage, merge, remove, stageOf } from "./merge.ts";
import {
  admit,
  divert,
  forget,
  keepBeginnings,
  rejoin,
  updateReasons,
  waitingTables,
} from "./quarantine.ts";

/** More rows than this are merged without a trigger per row and foreign key. */
const BULK_ROWS = 5_000;
const INSUFFICIENT_PRIVILEGE = "42501";

/** The load of one commit, known to be what was written, inside its transaction. */
export class CommitLoad {
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
    const { warehouse } = this.#model;
    const waiting = await waitingTables(this.#warehouse);
    for (const table of warehouse) {
      const object = saidOf(this.#commit.tables, table.name);
      if (!object && !waiting.has(table.name)) continue;
      await this.#loadTable(table, object, waiting.has(table.name)).catch(this.#failing(table));
    }
    for (const table of warehouse) {
      const object = saidOf(this.#commit.quarantined, table.name);
      if (object) await this.#admit(table, object).catch(this.#failing(table));
    }
    // Facts first: a member of a dimension goes when no fact refers to it any more.
    for (const table of warehouse.toReversed()) {
      const object = saidOf(this.#commit.deleted, table.name);
      if (!object || table.kind === "calendar") continue;
      await this.#removeKeys(table, object).catch(this.#failing(table));
    }
  }

  #failing(table: WarehouseTableSpec): (cause: unknown) => never {
    const where = { stage: "load", table: table.name, run: this.#commit.run };
    return failingAs(WarehouseError, `cannot load warehouse table ${table.name}`, where);
  }

  /** Loads an object's rows, and those that waited for a row which has come meanwhile. */
  async #loadTable(
    table: WarehouseTableSpec,
    object: DataObject | undefined,
    someWait: boolean,
  ): Promise<void> {
    // A fact that is new takes its rows directly; its constraints, added after, check them all.
    if (object && table.kind === "fact" && this.#created.has(table.name)) {
      return await this.#copyRows(identifier(table.name), table, object);
    }
    await this.#warehouse.query(createStage(table));
    if (object) await this.#copyRows(stageOf(table), table, object);
    if (someWait && table.kind === "fact") await keepBeginnings(this.#warehouse, table);
    const bulk = object && object.rows > BULK_ROWS && await this.#withoutTriggers(table);
    await divert(this.#warehouse, stageOf(table), table, this.#model, this.#commit);
    await forget(this.#warehouse, table);
    if (someWait) {
      await rejoin(this.#warehouse, table, this.#model);
      await updateReasons(this.#warehouse, table, this.#model);
    }
    await this.#warehouse.query(merge(table));
    if (bulk) await this.#warehouse.query("SET LOCAL session_replication_role = origin");
    await this.#warehouse.query(`DROP TABLE ${stageOf(table)}`);
  }

  async #admit(table: WarehouseTableSpec, object: DataObject): Promise<void> {
    const chunks = readObject(this.#options.processed, object);
    for await (const lines of readLines(chunks, object.key)) {
      await admit(this.#warehouse, table, `[${lines.join(",")}]`, this.#commit);
    }
  }

  async #removeKeys(table: DimensionSpec | FactSpec, object: DataObject): Promise<void> {
    await this.#warehouse.query(createKeyStage(table));
    await this.#copy(stageOf(table), keyOf(table), object);
    await forget(this.#warehouse, table);
    for (const { text, values } of remove(table, this.#model.warehouse, this.#commit.taken_at)) {
      await this.#warehouse.query(text, values);
    }
    await this.#warehouse.query(`DROP TABLE ${stageOf(table)}`);
  }

  #copyRows(target: string, table: WarehouseTableSpec, object: DataObject): Promise<void> {
    return this.#copy(target, table, object, table.kind === "fact" ? table.surrogate : undefined);
  }

  /** Copies an object's rows; those of a fact with the beginnings of a surrogate key. */
  async #copy(
    target: string,
    table: TableSpec,
    object: DataObject,
    surrogate?: string,
  ): Promise<void> {
    const { processed, onProgress } = this.#options;
    const columns = Object.keys(table.columns);
    const version = surrogate === undefined ? undefined : { valid_from: this.#commit.taken_at };
    const text = copyText(
      readParquet(processed, object, table),
      columns,
      version,
      (rows) => onProgress?.({ stage: "load", table: table.name, rows, expected: object.rows }),
    );
    const filled = surrogate === undefined ? columns : [surrogate, ...columns, VALID_FROM];
    await this.#warehouse.copyIn(copyInto(target, filled), text);
  }

  /**
   * Switches the row-by-row foreign key triggers off for a large merge, whose references are checked
   * as a set. Roles that may not do that pay for the triggers instead. The lock, taken before they are
   * checked, keeps the referenced rows there until the commit; it does not block readers.
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
    } catch (error) {
      if ((error as { code?: string }).code !== INSUFFICIENT_PRIVILEGE) throw error;
      await this.#warehouse.query("ROLLBACK TO SAVEPOINT triggers");
      return false;
    }
  }
}

import { type Model, totesys } from "../../schemas/model.ts";
import type { AnyRow, CalendarSpec, TableSpec } from "../../schemas/table.ts";
import { ConfigurationError, EtlError, SourceError, WarehouseError } from "../errors.ts";
import { connect, type Connection } from "../postgres/connection.ts";
import { readCopyRows } from "../postgres/copy_rows.ts";
import { failingAs } from "../postgres/failure.ts";
import { identifier, identifiers } from "../postgres/sql.ts";
import { dateCollector, type DerivedTable, rowMaker, rowReader } from "../transform/rows.ts";
import {
  type DateTransform,
  type RowTransform,
  type Transforms,
  transforms as totesysTransforms,
} from "../transform/transforms.ts";
import { compareRows, type Difference, differingColumns } from "./compare.ts";

/** What {@linkcode verify} works on. */
export interface VerifyOptions {
  /** The source's connection URL. */
  readonly source: string;
  /** The warehouse's connection URL. */
  readonly warehouse: string;
  /** The tables; totesys when omitted. */
  readonly model?: Model;
  /** The transform of each warehouse table; those of totesys when omitted. */
  readonly transforms?: Transforms;
}

/** How one warehouse table compares with the source. */
export interface TableVerification {
  /** The warehouse table. */
  readonly table: string;
  /** Rows the source says it should have. */
  readonly source_rows: number;
  /** Rows it has. */
  readonly warehouse_rows: number;
  /** Rows that differ in any way. */
  readonly differences: number;
  /** The first of them, by key. */
  readonly examples: readonly Difference[];
}

/** How the warehouse compares with the source. */
export interface VerifyResult {
  /** True when no table differs. */
  readonly equal: boolean;
  /** Every warehouse table, dimensions first. */
  readonly tables: readonly TableVerification[];
}

const STAGE = { stage: "verify" };
/** Differences named per table; all of them are counted. */
const EXAMPLES = 100;

/**
 * Compares the warehouse's current state with what the source says now: every row, every column.
 * Both are read in one snapshot each, streamed in key order. What changed in the source since the
 * last load counts as a difference.
 *
 * @throws {SourceError} when the source cannot be read.
 * @throws {WarehouseError} when the warehouse cannot be read or has no tables yet.
 */
export async function verify(options: VerifyOptions): Promise<VerifyResult> {
  const { model = totesys, transforms = totesysTransforms as unknown as Transforms } = options;
  await using source = connect(options.source);
  await using warehouse = connect(options.warehouse);
  await beginReading(source).catch(failingAs(SourceError, "cannot read the source", STAGE));
  await beginReading(warehouse).catch(
    failingAs(WarehouseError, "cannot read the warehouse", STAGE),
  );
  await refuseEmptyWarehouse(warehouse, model);
  const verification = new Verification(source, warehouse, model, transforms);
  const tables: TableVerification[] = [];
  for (const table of model.warehouse) {
    if (table.kind !== "calendar") tables.push(await verification.derived(table));
  }
  for (const table of model.warehouse) {
    if (table.kind === "calendar") tables.unshift(await verification.calendar(table));
  }
  return { equal: tables.every(({ differences }) => differences === 0), tables };
}

/** The comparison, table by table; it remembers the dates that facts refer to. */
class Verification {
  readonly #dates = new Set<string>();

  constructor(
    readonly source: Connection,
    readonly warehouse: Connection,
    readonly model: Model,
    readonly transforms: Transforms,
  ) {}

  async derived(table: DerivedTable): Promise<TableVerification> {
    const found = this.#read(this.warehouse, table, table.key);
    const tally = new Tally(table.name);
    const counts = await compareRows(table, this.#expected(table), found, (d) => tally.add(d))
      .catch(failingAs(EtlError, `cannot verify ${table.name}`, STAGE));
    return tally.result(counts);
  }

  /** The calendar must hold every date that facts refer to now; it may hold more. */
  async calendar(table: CalendarSpec): Promise<TableVerification> {
    const found = new Map<unknown, AnyRow>();
    for await (const rows of this.#read(this.warehouse, table, table.key)) {
      for (const row of rows) found.set(row[table.key], row);
    }
    const tally = new Tally(table.name);
    const describe = this.transforms[table.name] as DateTransform;
    for (const date of [...this.#dates].sort()) {
      const row = found.get(date);
      if (!row) tally.add({ key: date, kind: "missing", columns: [] });
      const columns = row ? differingColumns(table, describe(date), row) : [];
      if (columns.length > 0) tally.add({ key: date, kind: "changed", columns });
    }
    return tally.result({ expected: this.#dates.size, found: found.size });
  }

  /** The rows the source says a table should have, by the pipeline's own transforms. */
  async *#expected(table: DerivedTable): AsyncGenerator<AnyRow[]> {
    const from = this.#sourceSpec(table.from);
    const joined = new Map<string, Map<unknown, AnyRow>>();
    for (const name of Object.keys(table.join ?? {})) {
      joined.set(name, await this.#byKey(this.#sourceSpec(name)));
    }
    const read = rowReader(from);
    const make = rowMaker(table, this.transforms[table.name] as RowTransform, joined);
    const calendar = this.model.warehouse.find(({ kind }) => kind === "calendar");
    const collect = dateCollector(table, calendar?.name, this.#dates);
    for await (const rows of this.#read(this.source, from, from.key)) {
      const made = rows.map((row) => make(read(row)));
      made.forEach(collect);
      yield made;
    }
  }

  async #byKey(table: TableSpec): Promise<Map<unknown, AnyRow>> {
    const byKey = new Map<unknown, AnyRow>();
    for await (const rows of this.#read(this.source, table, table.key)) {
      for (const row of rows) byKey.set(row[table.key], row);
    }
    return byKey;
  }

  #read(from: Connection, table: TableSpec, key: string): AsyncIterable<AnyRow[]> {
    const columns = identifiers(Object.keys(table.columns));
    const isNumber = table.columns[key].type === "integer";
    const order = isNumber ? identifier(key) : `${identifier(key)}::text COLLATE "C"`;
    const query = `SELECT ${columns} FROM ${identifier(table.name)} ORDER BY ${order}`;
    return readCopyRows(from.copyOut(`COPY (${query}) TO STDOUT`), table);
  }

  #sourceSpec(name: string): TableSpec {
    const spec = this.model.source.find((table) => table.name === name);
    if (!spec) throw new ConfigurationError(`the model has no source table ${name}`);
    return spec;
  }
}

/** Counts differences and keeps the first of them. */
class Tally {
  readonly #table: string;
  readonly #examples: Difference[] = [];
  #differences = 0;

  constructor(table: string) {
    this.#table = table;
  }

  add(difference: Difference): void {
    this.#differences++;
    if (this.#examples.length < EXAMPLES) this.#examples.push(difference);
  }

  result(rows: { readonly expected: number; readonly found: number }): TableVerification {
    return {
      table: this.#table,
      source_rows: rows.expected,
      warehouse_rows: rows.found,
      differences: this.#differences,
      examples: this.#examples,
    };
  }
}

async function beginReading(connection: Connection): Promise<void> {
  await connection.query("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
  await connection.query("SELECT 1");
}

async function refuseEmptyWarehouse(warehouse: Connection, model: Model): Promise<void> {
  for (const { name } of model.warehouse) {
    const [{ exists }] = await warehouse.query<{ exists: boolean }>(
      "SELECT to_regclass($1) IS NOT NULL AS exists",
      [identifier(name)],
    );
    if (exists) continue;
    throw new WarehouseError(`the warehouse has no table ${name} yet`, {
      stage: "verify",
      table: name,
      next: "deno task etl run",
    });
  }
}

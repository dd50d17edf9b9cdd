import type { Model } from "../../../schemas/model.ts";
import type {
  AnyRow,
  CalendarSpec,
  DerivedTable,
  TableSpec,
  WarehouseTableSpec,
} from "../../../schemas/table.ts";
import { checkModel } from "../../derive/check_model.ts";
import { DELETED_AT } from "../../derive/ddl.ts";
import { everyTable } from "../../derive/source_model.ts";
import { tableJoins } from "../../derive/resolve_columns.ts";
import { sourceTable } from "../../derive/source_table.ts";
import { WarehouseError } from "../../errors.ts";
import { writingProblem } from "../../lake/parquet/write_parquet.ts";
import type { Connection } from "../../postgres/connection.ts";
import { wrapError } from "../../postgres/wrap_error.ts";
import { beginSnapshot } from "../../postgres/snapshot.ts";
import { knownKeys } from "../../load/known_keys.ts";
import { estimateBackfill } from "../../extract/estimate.ts";
import { openSource, type SourceSchema } from "../../extract/source_schema.ts";
import { identifier, identifiers } from "../../postgres/sql.ts";
import type { Parents } from "../../transform/chunk_columns.ts";
import type { ProgressMeter } from "../../progress.ts";
import { ParentRows } from "../../transform/parent_rows.ts";
import { ReferencedDates } from "../../transform/referenced_dates.ts";
import { calendarRows } from "../../transform/rows.ts";
import { compareColumns, type RowBatch } from "./compare_columns.ts";
import { compareKeys } from "./compare_keys.ts";
import { copiedBatches, copiedChunks } from "./copied_batches.ts";
import { documentRows } from "./document_rows.ts";
import type { DocumentTable } from "./documents.ts";
import { expectedRows } from "./expected_rows.ts";
import { KeySide } from "./key_side.ts";
import { type Difference, differingColumns } from "./row_differences.ts";

/** Receives every difference, in key order. */
export type OnDifference = (difference: Difference) => void;

/** Number of rows on each side. */
export interface RowCounts {
  /** Rows that the source implies. */
  readonly expected: number;
  /** Rows in the warehouse. */
  readonly found: number;
}

/**
 * Compares the current rows of the warehouse with those that the source implies, table by table.
 * Reads each database in one snapshot, opened by {@linkcode beginComparison}.
 */
export class Comparison {
  /** The tables that can be compared, without those that schema drift stops. */
  readonly model: Model;
  /** Dates that the facts compared so far refer to. */
  readonly #dates: ReferencedDates;

  constructor(
    readonly source: Connection,
    readonly warehouse: Connection,
    readonly schema: SourceSchema,
    /** The names of the tables that the warehouse has. */
    readonly existing: ReadonlySet<string>,
    readonly progress: ProgressMeter,
  ) {
    this.model = schema.model;
    this.#dates = new ReferencedDates(this.model.warehouse.find(({ kind }) => kind === "calendar"));
  }

  /** Estimates the rows of tables that are going to be compared, if anyone listens. */
  async expectRows(tables: readonly DerivedTable[]): Promise<void> {
    if (!this.progress.hasListener) return;
    const estimates = await estimateBackfill(this.source, this.model, undefined);
    this.progress.expectAll(tables.map(({ name, from }) => [name, estimates.get(from) ?? 0]));
  }

  /**
   * Compares a dimension or fact in key order, in bounded memory. Returns the rows on each side.
   */
  async compareDerived(table: DerivedTable, onDifference: OnDifference): Promise<RowCounts> {
    return await this.#compareRows(table, this.#expected(table), onDifference);
  }

  /** Does the same for a table that is made from documents. One that is missing has no rows. */
  async compareDocuments(
    { table, model, zone, documents, refused }: DocumentTable,
    onDifference: OnDifference,
  ): Promise<RowCounts> {
    refused.forEach(onDifference);
    const parents = new Map<string, ParentRows>();
    // A document has rows of one table, so there are none to join them with.
    for (const { parent } of tableJoins(table, model)) {
      parents.set(parent.name, await ParentRows.read(parent, none()));
    }
    const { progress } = this;
    const options = { table, model, parents, dates: this.#dates, progress };
    const expected = documentRows(zone, documents, options);
    return await this.#compareRows(table, expected, onDifference);
  }

  async #compareRows(
    table: DerivedTable,
    expected: AsyncIterable<RowBatch>,
    onDifference: OnDifference,
  ): Promise<RowCounts> {
    const isPresent = table.kind === "dimension" ? `${DELETED_AT} IS NULL` : undefined;
    const found = this.existing.has(table.name)
      ? copiedBatches(this.#copy(this.warehouse, table, isPresent), table)
      : none();
    const problemOf = writingProblem(table);
    return await compareColumns(table, expected, found, (difference, expected) => {
      // transform() also quarantines a row that Parquet cannot store exactly.
      const reason = expected && problemOf(expected);
      if (!reason) return onDifference(difference);
      onDifference({ key: difference.key, kind: "invalid", columns: [], reason });
    });
  }

  /**
   * Compares only the keys of a dimension or fact of about `rows` rows: those in the source with
   * those that the warehouse knows, in quarantine too. Reports missing and extra keys.
   */
  async compareKeys(
    table: DerivedTable,
    rows: number,
    onDifference: OnDifference,
  ): Promise<void> {
    const from = sourceTable(this.model, table.from);
    this.progress.step(table.name, "comparing keys");
    await this.warehouse.query("SELECT set_config('etl.compared', $1, true)", [table.name]);
    await compareKeys(
      {
        spec: keySpec(table),
        source: new KeySide({
          connection: this.source,
          spec: keySpec(table),
          queries: (condition) => {
            const key = `t.${identifier(from.key)}`;
            return [`SELECT ${key} AS key FROM ${identifier(from.name)} t WHERE ${condition(key)}`];
          },
        }),
        warehouse: new KeySide({
          connection: this.warehouse,
          spec: keySpec(table),
          queries: (condition) => knownKeys(table, "current_setting('etl.compared')", condition),
        }),
      },
      rows,
      onDifference,
    );
  }

  /**
   * Reports the dates that the facts compared so far refer to and the calendar does not have, or
   * has with other attributes. More dates than these are no difference.
   */
  async compareCalendar(table: CalendarSpec, onDifference: OnDifference): Promise<RowCounts> {
    const found = new Map<unknown, AnyRow>();
    for await (const { fields, parse } of copiedChunks(this.#copy(this.warehouse, table), table)) {
      for (let place = 0; place < fields.rows; place++) {
        const row = parse(place) as AnyRow;
        found.set(row[table.key], row);
      }
    }
    const dates = this.#dates.sorted();
    for (const expected of calendarRows(dates, table, this.model)) {
      const date = expected[table.key];
      const row = found.get(date);
      if (!row) onDifference({ key: date, kind: "missing", columns: [] });
      const columns = row ? differingColumns(table, expected, row) : [];
      if (columns.length > 0) onDifference({ key: date, kind: "changed", columns });
    }
    return { expected: dates.length, found: found.size };
  }

  /** Yields the rows that the pipeline's transforms make of the source. */
  async *#expected(table: DerivedTable): AsyncGenerator<RowBatch> {
    const { model, progress } = this;
    const from = sourceTable(model, table.from);
    const parents = await this.#parents(table);
    const chunks = copiedChunks(this.#copy(this.source, from), from);
    yield* expectedRows(chunks, { table, model, parents, dates: this.#dates, progress });
  }

  async #parents(table: DerivedTable): Promise<Parents> {
    const parents = new Map<string, ParentRows>();
    for (const { parent } of tableJoins(table, this.model)) {
      if (parents.has(parent.name)) continue;
      const chunks = copiedChunks(this.#copy(this.source, parent), parent);
      parents.set(parent.name, await ParentRows.read(parent, chunks));
    }
    return parents;
  }

  /** Copies the rows of a table in the order of their keys. */
  #copy(from: Connection, table: TableSpec, where = "true"): AsyncIterable<Uint8Array> {
    const columns = identifiers(Object.keys(table.columns));
    const key = identifier(table.key);
    const isNumber = table.columns[table.key].type === "integer";
    const order = isNumber ? key : `${key}::text COLLATE "C"`;
    const query = `SELECT ${columns} FROM ${
      identifier(table.name)
    } WHERE ${where} ORDER BY ${order}`;
    return from.copyOut(`COPY (${query}) TO STDOUT`);
  }
}

function keySpec({ name, key, columns }: TableSpec): TableSpec {
  return { name, key, columns: { [key]: columns[key] } };
}

/** The options of {@linkcode beginComparison}. */
export interface ComparisonOptions {
  readonly source: Connection;
  readonly warehouse: Connection;
  readonly model: Model;
  readonly progress: ProgressMeter;
  /** The stage to name in errors. */
  readonly stage: string;
}

/**
 * Opens a snapshot of each database. Returns a comparison of the two.
 *
 * @throws {ConfigurationError} when the model is wrong.
 * @throws {SourceError} when the source cannot be read.
 * @throws {WarehouseError} when the warehouse cannot be read or has no tables yet.
 */
export async function beginComparison(options: ComparisonOptions): Promise<Comparison> {
  const { source, warehouse, model, progress, stage } = options;
  checkModel(model);
  const schema = await openSource(source, model, stage);
  const wrap = wrapError(WarehouseError, "cannot read the warehouse", { stage });
  const existing = await existingTables(options).catch(wrap);
  await beginSnapshot(warehouse, existing).catch(wrap);
  const names = new Set(existing.map(({ name }) => name));
  return new Comparison(source, warehouse, schema, names, progress);
}

/** Returns the tables of the warehouse that exist, which have to be at least those of the database. */
async function existingTables(
  { warehouse, model, stage }: ComparisonOptions,
): Promise<WarehouseTableSpec[]> {
  const all = everyTable(model);
  const rows = await warehouse.query<{ place: number }>(
    `SELECT place::int - 1 AS place
FROM jsonb_array_elements_text($1::text::jsonb) WITH ORDINALITY AS model(name, place)
WHERE to_regclass(name) IS NOT NULL ORDER BY place`,
    [JSON.stringify(all.map(({ name }) => identifier(name)))],
  );
  const existing = rows.map(({ place }) => all[place]);
  const missing = model.warehouse.find((table) => !existing.includes(table));
  if (!missing) return existing;
  throw new WarehouseError(`the warehouse has no table ${missing.name} yet`, {
    stage,
    table: missing.name,
    next: { operations: [{ name: "run" }] },
  });
}

async function* none(): AsyncGenerator<never> {}

/**
 * Verification: compares every row and column of the warehouse with its sources, and changes
 * nothing.
 *
 * In: the source database, the lake for the documents of other sources, and the warehouse. Out: the row
 * counts and differences of each warehouse table.
 *
 * @module
 */
import { totesys } from "../../../schemas/model.ts";
import type { WarehouseTableSpec } from "../../../schemas/table.ts";
import { EtlError, SourceError, WarehouseError } from "../../errors.ts";
import type { SchemaChange } from "../../extract/schema_changes.ts";
import { stoppedTables } from "../../extract/source_schema.ts";
import type { PipelineOptions } from "../../options.ts";
import { connect, SHORT_LOCK_TIMEOUT } from "../../postgres/connection.ts";
import { progressMeter } from "../../progress.ts";
import { wrapError } from "../../postgres/wrap_error.ts";
import type { Difference } from "./row_differences.ts";
import { documentTables } from "./documents.ts";
import { beginComparison, type OnDifference, type RowCounts } from "./comparison.ts";

/** The options of {@linkcode verify}. */
export interface VerifyOptions
  extends Pick<PipelineOptions, "source" | "warehouse" | "model" | "onProgress"> {
  /** The lake's ingestion zone. Without it, only the tables of the database are compared. */
  readonly ingestion?: PipelineOptions["ingestion"];
}

/** The row counts and differences of one warehouse table. */
export interface TableVerification {
  /** The warehouse table. */
  readonly table: string;
  /** Rows that the source database implies, or the documents in the lake. */
  readonly source_rows: number;
  /** Rows in the warehouse. */
  readonly warehouse_rows: number;
  /** Rows that differ in any way. */
  readonly differences: number;
  /** The first of them by key, at most 100. */
  readonly examples: readonly Difference[];
}

/** The result of a verification. */
export interface VerifyResult {
  /** True when no table differs, and every table could be compared. */
  readonly equal: boolean;
  /** Every warehouse table that could be compared, those of the database first, dimensions before facts. */
  readonly tables: readonly TableVerification[];
  /** Differences between the source and the specs. A table that one stops was not compared. */
  readonly schema: readonly SchemaChange[];
}

const STAGE = { stage: "verify" };
/** The most differences to return per table. All of them are counted. */
const MAX_EXAMPLES = 100;

/**
 * Compares the current rows of the warehouse with the source: every row, every column. Reads each
 * database in one snapshot, in key order, in bounded memory. A change in the source since the last
 * load counts as a difference. Rows of other sources are compared with what the lake has of the current
 * version of each document; a document in quarantine as a whole is one difference.
 *
 * @throws {ConfigurationError} when a connection URL is malformed, or its `sslmode` allows plain text.
 * @throws {SourceError} when the source cannot be read.
 * @throws {WarehouseError} when the warehouse cannot be read or has no tables yet.
 * @throws {LakeError} when the documents of another source cannot be read.
 * @throws {EtlError} when either fails while their rows are compared.
 */
export async function verify(options: VerifyOptions): Promise<VerifyResult> {
  const { model = totesys } = options;
  await using source = connect(options.source, SHORT_LOCK_TIMEOUT);
  await using warehouse = connect(options.warehouse);
  const progress = progressMeter("compare", options.onProgress);
  const comparison = await beginComparison({ source, warehouse, model, progress, ...STAGE });
  const derived = comparison.model.warehouse.filter((table) => table.kind !== "calendar");
  const ofDocuments = options.ingestion
    ? await documentTables(warehouse, options.ingestion, model, comparison.existing)
      .catch(wrapError(WarehouseError, "cannot read the warehouse", STAGE))
    : [];
  await comparison.expectRows(derived)
    .catch(wrapError(SourceError, "cannot read the source", STAGE));
  progress.expectAll(ofDocuments.map(({ table, documents }) => [table.name, rowsIn(documents)]));
  const tables: TableVerification[] = [];
  const verifyTable = async (
    { name }: WarehouseTableSpec,
    compare: (onDifference: OnDifference) => Promise<RowCounts>,
  ): Promise<TableVerification> => {
    const examples: Difference[] = [];
    let differences = 0;
    const rows = await compare((difference) => {
      differences++;
      if (examples.length < MAX_EXAMPLES) examples.push(difference);
    }).catch(wrapError(EtlError, `cannot verify ${name}`, STAGE));
    return {
      table: name,
      source_rows: rows.expected,
      warehouse_rows: rows.found,
      differences,
      examples,
    };
  };
  for (const table of derived) {
    tables.push(await verifyTable(table, (listener) => comparison.compareDerived(table, listener)));
  }
  for (const one of ofDocuments) {
    const compare = (listener: OnDifference) => comparison.compareDocuments(one, listener);
    tables.push(await verifyTable(one.table, compare));
  }
  // Last: comparing the facts collects the dates that the calendar must have.
  for (const table of model.warehouse) {
    if (table.kind !== "calendar") continue;
    tables.unshift(
      await verifyTable(table, (listener) => comparison.compareCalendar(table, listener)),
    );
  }
  const schema = comparison.schema.changes;
  const isComplete = stoppedTables(schema).length === 0;
  return {
    equal: isComplete && tables.every(({ differences }) => differences === 0),
    tables,
    schema,
  };
}

function rowsIn(documents: readonly { readonly rows: number }[]): number {
  return documents.reduce((sum, { rows }) => sum + rows, 0);
}

import { totesys } from "../../../schemas/model.ts";
import type { WarehouseTableSpec } from "../../../schemas/table.ts";
import { EtlError } from "../../errors.ts";
import type { SchemaChange } from "../../extract/schema_changes.ts";
import { stoppedTables } from "../../extract/source_schema.ts";
import type { PipelineOptions } from "../../options.ts";
import { connect, SHORT_LOCK_TIMEOUT } from "../../postgres/connection.ts";
import { wrapError } from "../../postgres/wrap_error.ts";
import { totesysTransforms } from "../../transform/transforms.ts";
import type { Difference } from "./row_differences.ts";
import { beginComparison, type Counts, type OnDifference } from "./comparison.ts";

/** The options of {@linkcode verify}. */
export type VerifyOptions = Pick<
  PipelineOptions,
  "source" | "warehouse" | "model" | "transforms"
>;

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
  /** True when no table differs, and every table could be compared. */
  readonly equal: boolean;
  /** Every warehouse table that could be compared, dimensions first. */
  readonly tables: readonly TableVerification[];
  /** How the source differs from the specs. Tables that this stops were not compared. */
  readonly schema: readonly SchemaChange[];
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
 * @throws {EtlError} when either fails while their rows are compared.
 */
export async function verify(options: VerifyOptions): Promise<VerifyResult> {
  const { model = totesys, transforms = totesysTransforms } = options;
  await using source = connect(options.source, SHORT_LOCK_TIMEOUT);
  await using warehouse = connect(options.warehouse);
  const comparison = await beginComparison({ source, warehouse, model, transforms, ...STAGE });
  const tables: TableVerification[] = [];
  const tally = async (
    { name }: WarehouseTableSpec,
    compare: (onDifference: OnDifference) => Promise<Counts>,
  ) => {
    const differences = new Tally(name);
    const counts = await compare((difference) => differences.add(difference))
      .catch(wrapError(EtlError, `cannot verify ${name}`, STAGE));
    return differences.result(counts);
  };
  for (const table of comparison.model.warehouse) {
    if (table.kind === "calendar") continue;
    tables.push(await tally(table, (listener) => comparison.derived(table, listener)));
  }
  // Last, because it must hold the dates of all the facts.
  for (const table of model.warehouse) {
    if (table.kind !== "calendar") continue;
    tables.unshift(await tally(table, (listener) => comparison.calendar(table, listener)));
  }
  const schema = comparison.schema.changes;
  const isWhole = stoppedTables(schema).length === 0;
  return { equal: isWhole && tables.every(({ differences }) => differences === 0), tables, schema };
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

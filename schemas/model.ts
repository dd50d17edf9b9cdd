import type { FileSpec } from "./file_spec.ts";
import { functions } from "./functions.ts";
import type { Functions } from "./origin.ts";
import type { Problems } from "./problems.ts";
import { exchangeRate } from "./source/exchange_rate.ts";
import { salesTarget, salesTargetFile } from "./source/sales_target.ts";
import { type SourceTable, sourceTables } from "./source_tables.ts";
import type { SourceTableSpec, WarehouseTableSpec } from "./table.ts";
import { factExchangeRate } from "./warehouse/fact_exchange_rate.ts";
import { factSalesTarget } from "./warehouse/fact_sales_target.ts";
import { type WarehouseTable, warehouseTables } from "./warehouse_tables.ts";

/** The tables at both ends of a pipeline. */
export interface Model {
  /** The source's tables, referenced tables before the tables that refer to them. */
  readonly source: readonly SourceTableSpec[];
  /** The warehouse's tables, dimensions before the facts that refer to them. */
  readonly warehouse: readonly WarehouseTableSpec[];
  /** The functions that warehouse columns name in `by`. */
  readonly functions?: Functions;
  /** Further sources, by name: their tables, and the warehouse tables that are made from them. */
  readonly sources?: Readonly<Record<string, Pick<Model, "source" | "warehouse">>>;
  /** The kinds of files of the source `files`. A file is of the first kind whose pattern fits its name. */
  readonly files?: readonly FileSpec[];
  /** Source tables that are ignored on purpose, and not reported as new. */
  readonly ignored?: readonly string[];
}

/** Accepts only `never`. */
type None<Problem extends never> = Problem;
/** A warehouse column with a wrong path, type or nullability is a compile error here, which names it. */
type _Problems = None<
  Problems<
    WarehouseTable | typeof factExchangeRate | typeof factSalesTarget,
    SourceTable | typeof exchangeRate | typeof salesTarget,
    typeof functions
  >
>;

/** The totesys source and its warehouse: the default model of every stage. */
export const totesys: Model = {
  source: sourceTables,
  warehouse: warehouseTables,
  functions,
  sources: {
    rates: { source: [exchangeRate], warehouse: [factExchangeRate] },
    files: { source: [salesTarget], warehouse: [factSalesTarget] },
  },
  files: [salesTargetFile],
  ignored: ["_prisma_migrations"],
};

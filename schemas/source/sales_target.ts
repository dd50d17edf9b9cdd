import type { FileSpec } from "../file_spec.ts";
import type { Row, SourceTableSpec } from "../table.ts";

/** Sales targets per member of staff and month, from the source `files`. */
export const salesTarget = {
  name: "sales_target",
  key: "sales_target_id",
  columns: {
    /** The file and the number of the record in it: `targets/2026.csv/000000000012`. */
    sales_target_id: { type: "text" },
    staff_id: { type: "integer" },
    /** The first day of the month. */
    month: { type: "date" },
    currency_code: { type: "text" },
    target: { type: "numeric", precision: 18, scale: 2 },
  },
} as const satisfies SourceTableSpec;

/** A row of `sales_target`. */
export type SalesTarget = Row<typeof salesTarget>;

/** Files of sales targets. They are the only kind of file: any data file in any folder. */
export const salesTargetFile = {
  table: "sales_target",
  pattern: "**/*.{csv,tsv,txt,json,jsonl,ndjson,parquet}{,.gz}",
  columns: { month: { date: "YYYY-MM" } },
} as const satisfies FileSpec;

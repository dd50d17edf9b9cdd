import type { FileSpec } from "../file_spec.ts";
import type { Row, SourceTableSpec } from "../table.ts";

/** Sales targets per member of staff and month, from the source `files`. */
export const salesTarget = {
  name: "sales_target",
  key: "sales_target_id",
  meaning: "Monthly sales targets of members of staff",
  grain: "one row per record of a file: member of staff, month and currency",
  columns: {
    sales_target_id: {
      type: "text",
      meaning: "File, and number of the record in it: targets/2026.csv/000000000012",
    },
    staff_id: { type: "integer", meaning: "Member of staff who has the target" },
    month: { type: "date", meaning: "First day of the month" },
    currency_code: { type: "text", meaning: "Currency of the target (ISO 4217 code)" },
    target: { type: "numeric", precision: 18, scale: 2, meaning: "Amount to sell in the month" },
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

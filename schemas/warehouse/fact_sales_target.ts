import type { FactSpec, Row } from "../table.ts";

/** Sales targets; the grain is one record of a file: a member of staff, a month and a currency. */
export const factSalesTarget = {
  name: "fact_sales_target",
  kind: "fact",
  surrogate: "sales_target_record_id",
  key: "sales_target_id",
  from: "sales_target",
  meaning: "Monthly sales targets of members of staff",
  grain: "one row per record of a file: member of staff, month and currency",
  columns: {
    sales_target_id: { type: "text" },
    sales_staff_id: { type: "integer", of: "staff_id", references: "dim_staff" },
    month: { type: "date", references: "dim_date" },
    currency_code: { type: "text" },
    target: { type: "numeric", precision: 18, scale: 2 },
  },
  convert: { amounts: ["target"], currency: "currency_code", on: "month" },
} as const satisfies FactSpec;

/** A row of `fact_sales_target`. */
export type FactSalesTarget = Row<typeof factSalesTarget>;

import type { CalendarSpec, Row } from "../table.ts";

/** The calendar: every date that any fact refers to. */
export const dimDate = {
  name: "dim_date",
  kind: "calendar",
  key: "date_id",
  columns: {
    date_id: { type: "date" },
    year: { type: "integer" },
    month: { type: "integer" },
    day: { type: "integer" },
    day_of_week: { type: "integer" },
    day_name: { type: "text" },
    month_name: { type: "text" },
    quarter: { type: "integer" },
  },
} as const satisfies CalendarSpec;

/** A row of `dim_date`. */
export type DimDate = Row<typeof dimDate>;

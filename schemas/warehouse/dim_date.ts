import type { CalendarSpec, Row } from "../table.ts";

/** The calendar: every date that any fact refers to. */
export const dimDate = {
  name: "dim_date",
  kind: "calendar",
  key: "date_id",
  columns: {
    date_id: { type: "date" },
    year: { type: "integer", of: "date_id", part: "year" },
    month: { type: "integer", of: "date_id", part: "month" },
    day: { type: "integer", of: "date_id", part: "day" },
    day_of_week: { type: "integer", of: "date_id", part: "isoDayOfWeek" },
    day_name: { type: "text", of: "date_id", part: "dayName" },
    month_name: { type: "text", of: "date_id", part: "monthName" },
    quarter: { type: "integer", of: "date_id", part: "quarter" },
  },
} as const satisfies CalendarSpec;

/** A row of `dim_date`. */
export type DimDate = Row<typeof dimDate>;

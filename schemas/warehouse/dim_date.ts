import type { CalendarSpec, Row } from "../table.ts";

/** The calendar: every date that any fact refers to. */
export const dimDate = {
  name: "dim_date",
  kind: "calendar",
  key: "date_id",
  meaning: "Calendar of the dates that facts refer to",
  columns: {
    date_id: { type: "date", meaning: "The date" },
    year: { type: "integer", of: "date_id", part: "year", meaning: "Year" },
    month: { type: "integer", of: "date_id", part: "month", meaning: "Month, from 1 to 12" },
    day: { type: "integer", of: "date_id", part: "day", meaning: "Day of the month, from 1 to 31" },
    day_of_week: {
      type: "integer",
      of: "date_id",
      part: "isoDayOfWeek",
      meaning: "Day of the week, from 1 (Monday) to 7 (Sunday)",
    },
    day_name: {
      type: "text",
      of: "date_id",
      part: "dayName",
      meaning: "English name of the day of the week",
    },
    month_name: {
      type: "text",
      of: "date_id",
      part: "monthName",
      meaning: "English name of the month",
    },
    quarter: {
      type: "integer",
      of: "date_id",
      part: "quarter",
      meaning: "Quarter of the year, from 1 to 4",
    },
  },
} as const satisfies CalendarSpec;

/** A row of `dim_date`. */
export type DimDate = Row<typeof dimDate>;

import type { Columns } from "../../../schemas/columns.ts";
import type { AnyRow, TableSpec } from "../../../schemas/table.ts";
import type { Column, Int32Column } from "../../columns/column.ts";
import { DistinctDays } from "../../columns/distinct_days.ts";
import { dateFromDays, formatDate } from "../../derive/calendar.ts";

/** The dates that rows refer to, which a calendar must have. */
export class ReferencedDates {
  readonly #calendar: string | undefined;
  readonly #days = new DistinctDays();
  /** Dates of rows that are no columns. */
  readonly #dates = new Set<string>();

  /** Creates an empty set of dates of a calendar; without a calendar, it stays empty. */
  constructor(calendar: TableSpec | undefined) {
    this.#calendar = calendar?.name;
  }

  /** Returns functions that add the dates of a table's rows: those in columns, and a single one. */
  collector({ columns: specs }: { readonly columns: Columns }): {
    readonly addRows: (columns: readonly Column[], from: number, to: number) => void;
    readonly addRow: (row: AnyRow) => void;
  } {
    const names = Object.keys(specs)
      .filter((name) => this.#calendar !== undefined && specs[name].references === this.#calendar);
    const places = names.map((name) => Object.keys(specs).indexOf(name));
    return {
      addRows: (columns, from, to) => {
        for (const place of places) this.#days.add(columns[place] as Int32Column, from, to);
      },
      addRow: (row) => {
        for (const name of names) if (row[name] !== null) this.#dates.add(row[name] as string);
      },
    };
  }

  /** Returns the dates, in order. */
  sorted(): string[] {
    const days = this.#days.days().map((day) => formatDate(dateFromDays(day)));
    return [...new Set([...days, ...this.#dates])].sort();
  }
}

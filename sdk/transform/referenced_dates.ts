import type { Columns } from "../../schemas/columns.ts";
import type { AnyRow, TableSpec } from "../../schemas/table.ts";
import type { Column, Int32Column } from "../columns/column.ts";
import { dateFromDays, daysFromDate, formatDate, parseDate } from "../derive/calendar.ts";

/** The dates that rows refer to, which a calendar must have. */
export class ReferencedDates {
  readonly #calendar: string | undefined;
  readonly #days = new DistinctDays();

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
        for (const name of names) {
          const date = parseDate(String(row[name]));
          if (date) this.#days.addDay(daysFromDate(date));
        }
      },
    };
  }

  /** Returns the dates, in order. */
  sorted(): string[] {
    return this.#days.days().map((day) => formatDate(dateFromDays(day)));
  }
}

/** Days that share an array. */
const PAGE_DAYS = 4_096;
const PAGE_BITS = 12;

/** The distinct dates of columns, as days since 1970-01-01. */
class DistinctDays {
  readonly #pages = new Map<number, Uint8Array>();

  /** Adds rows `from` up to `to` of a column. */
  add({ values, nulls }: Int32Column, from: number, to: number): void {
    let place = NaN;
    let page = new Uint8Array();
    for (let row = from; row < to; row++) {
      if (nulls !== null && nulls[row] === 1) continue;
      const day = values[row];
      if (day >> PAGE_BITS !== place) {
        place = day >> PAGE_BITS;
        page = this.#page(place);
      }
      page[day & (PAGE_DAYS - 1)] = 1;
    }
  }

  /** Adds a day. */
  addDay(day: number): void {
    this.#page(day >> PAGE_BITS)[day & (PAGE_DAYS - 1)] = 1;
  }

  /** Returns the days, in order. */
  days(): number[] {
    const days: number[] = [];
    for (const [place, page] of [...this.#pages].sort(([a], [b]) => a - b)) {
      page.forEach((isThere, i) => {
        if (isThere === 1) days.push(place * PAGE_DAYS + i);
      });
    }
    return days;
  }

  #page(place: number): Uint8Array<ArrayBuffer> {
    let page = this.#pages.get(place) as Uint8Array<ArrayBuffer> | undefined;
    if (!page) this.#pages.set(place, page = new Uint8Array(PAGE_DAYS));
    return page;
  }
}

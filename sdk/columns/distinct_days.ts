import type { Int32Column } from "./column.ts";

/** Days that share an array. */
const PAGE_DAYS = 4_096;
const PAGE_BITS = 12;

/** The distinct dates of columns, as days since 1970-01-01. */
export class DistinctDays {
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

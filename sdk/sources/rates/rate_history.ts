import { DamagedObjectError } from "../../errors.ts";
import type { Ledger } from "../../lake/ledger.ts";
import type { DeliveryOptions } from "../source.ts";
import { addDays, documentName } from "./days.ts";
import { FailedDownload } from "./failed_download.ts";
import type { PublishedDay } from "./fetch_day.ts";
import { parseRates, type Rates } from "./parse_rates.ts";

/** Days before a date whose rates are compared with it. */
const DAYS = 3;
/** Dates before a date among which these are looked for. */
const FURTHEST = 31;

/** The rates of earlier days: those of this run are in memory, older ones in the lake. */
export class RateHistory {
  readonly #ledger: Ledger;
  readonly #base: string;
  readonly #readBody: DeliveryOptions["readBody"];
  readonly #recent = new Map<string, Rates>();

  constructor(ledger: Ledger, base: string, readBody: DeliveryOptions["readBody"]) {
    this.#ledger = ledger;
    this.#base = base;
    this.#readBody = readBody;
  }

  /** Keeps the rates of a day that was delivered. */
  add({ date, rates }: PublishedDay): void {
    this.#keep(date, rates);
  }

  /** Returns the rates of the last days before a date, the latest first. */
  async before(date: string): Promise<Rates[]> {
    const found: Rates[] = [];
    for (let back = 1; back <= FURTHEST && found.length < DAYS; back++) {
      const earlier = addDays(date, -back);
      const rates = await this.of(earlier);
      if (rates) found.push(rates);
    }
    return found;
  }

  /** Returns the rates of a date; null when there are none, or none that can be read. */
  async of(date: string): Promise<Rates | null> {
    return this.#recent.get(date) ?? await this.#read(date);
  }

  async #read(date: string): Promise<Rates | null> {
    const entry = this.#ledger.latest(documentName(date, this.#base));
    if (entry?.outcome !== "read" || !entry.body || !this.#readBody) return null;
    try {
      const rates = parseRates(await this.#readBody(entry.body), {
        date,
        base: this.#base,
        since: date,
      });
      if (rates) this.#keep(date, rates);
      return rates;
    } catch (error) {
      // The day before it serves as well.
      if (error instanceof DamagedObjectError || error instanceof FailedDownload) return null;
      throw error;
    }
  }

  #keep(date: string, rates: Rates): void {
    this.#recent.set(date, rates);
    const [first] = this.#recent.keys();
    if (this.#recent.size > 2 * DAYS) this.#recent.delete(first);
  }
}

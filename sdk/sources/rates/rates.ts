/**
 * Daily exchange rates as a source.
 *
 * @module
 */
import currencies from "currency-codes";
import { parseDate } from "../../derive/calendar.ts";
import { ConfigurationError } from "../../errors.ts";
import type { Source } from "../source.ts";
import { deliverDays } from "./deliver_days.ts";
import { providerOf } from "./provider.ts";

const TIMEOUT_MS = 10_000;
const RETRY_DELAY_MS = 500;
/** An earlier date is a typing error. The first rates of a provider are of 1948. */
const EARLIEST = "1900-01-01";

/** The options of {@linkcode ratesSource}. */
export interface RatesOptions {
  /**
   * The URLs of the rates of one day, asked in this order: `{date}` stands for the date, `2026-11-30`, and
   * `{code}` for the base currency in small letters. The answer has the shape of fawazahmed0's exchange
   * API or of Frankfurter v2.
   */
  readonly urls: readonly string[];
  /** The base currency, a code of ISO 4217: `eur`. */
  readonly base: string;
  /**
   * The first date (`2026-11-30`): every date from then on that has no rates, or one that jumped, is asked for
   * again.
   */
  readonly from?: string;
  /** Returns the time; today is its date in UTC. */
  readonly today?: () => Date;
  /** Performs one request. */
  readonly fetch?: typeof fetch;
  /** Milliseconds for one request and its answer. Default: 10,000. */
  readonly timeoutMs?: number;
  /** Milliseconds before a second attempt; twice as many before the third. Default: 500. */
  readonly retryDelayMs?: number;
}

/**
 * Returns the source `rates`: the exchange rates of each day, one document a day. The oldest day comes
 * first. A day that is not published within three days is reported as missing, and asked for again only
 * with `from`.
 *
 * Its deliveries throw a {@linkcode SourceError} at the end if some days could not be read. The other days
 * are delivered before that.
 *
 * @throws {ConfigurationError} when an option is invalid.
 */
export function ratesSource(options: RatesOptions): Source {
  checkOptions(options);
  const base = options.base.toLowerCase();
  const { today = () => new Date(), timeoutMs = TIMEOUT_MS, retryDelayMs = RETRY_DELAY_MS } =
    options;
  const days = {
    providers: options.urls.map((template) => providerOf(template, base)),
    base,
    from: options.from,
    fetch: options.fetch ?? fetch,
    timeoutMs,
    retryDelayMs,
  };
  return {
    name: "rates",
    deliveries: (ledger, delivery) =>
      deliverDays({ ...days, today: today().toISOString().slice(0, 10) }, ledger, delivery),
  };
}

function checkOptions({ urls, base, from }: RatesOptions): void {
  const refuse = (message: string, next: string) => {
    throw new ConfigurationError(message, { stage: "configuration", next });
  };
  if (urls.length === 0) refuse("no URL of exchange rates", "give `urls` at least one URL");
  if (!currencies.code(base)) {
    refuse(`${base} is no currency of ISO 4217`, "give `base` a code such as eur");
  }
  if (from !== undefined && !(from.length === 10 && parseDate(from) && from >= EARLIEST)) {
    refuse(`${from} is not a date since ${EARLIEST}`, "give `from` a date such as 2026-11-30");
  }
}

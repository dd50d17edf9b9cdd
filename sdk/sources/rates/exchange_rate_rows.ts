import type { AnyRow } from "../../../schemas/table.ts";
import { LARGEST_JUMP } from "../../../schemas/warehouse/fact_exchange_rate.ts";
import type { PublishedDay } from "./fetch_day.ts";
import type { Rates } from "./parse_rates.ts";

/** Another provider with a rate that is as near as this agrees. */
const AGREEMENT = 0.02;

/** What the rates of a day are compared with. */
export interface RateContext {
  /** The rates of earlier days, the latest first. */
  readonly history: readonly Rates[];
  /** Yields what other providers have of the same day. Called only if a rate jumped. */
  others(): AsyncIterable<PublishedDay>;
}

/** Returns the rows of `exchange_rate` of a day, in the order of their keys. */
export async function exchangeRateRows(
  { date, provider, rates }: PublishedDay,
  base: string,
  { history, others }: RateContext,
): Promise<AnyRow[]> {
  const quotes = [...rates.keys()].sort();
  const previous = new Map(quotes.map((quote) => [quote, previousRate(quote, rates, history)]));
  const jumped = quotes.filter((quote) => differs(rates.get(quote), previous.get(quote)));
  const confirmed = jumped.length > 0 ? await confirmations(jumped, rates, others()) : new Map();
  return quotes.map((quote) => ({
    exchange_rate_id: `${date}/${base}/${quote.toLowerCase()}`,
    rate_date: date,
    base_currency: base.toUpperCase(),
    quote_currency: quote,
    // What is no number stays as it is: the validator quarantines the row.
    rate: rates.get(quote) as string,
    provider: provider.host,
    previous_rate: previous.get(quote) ?? null,
    confirmed_by: confirmed.get(quote) ?? null,
  }));
}

/** Returns whether a rate of a day differs too much from the rate before to be taken for granted. */
export function hasJump(rates: Rates, history: readonly Rates[]): boolean {
  return rates.keys().some((quote) =>
    differs(rates.get(quote), previousRate(quote, rates, history))
  );
}

/**
 * Returns the last rate before this one. If that one jumped, and this one is back, it is the one before:
 * an error of one day must not quarantine the next.
 */
function previousRate(quote: string, rates: Rates, history: readonly Rates[]): string | undefined {
  const known = history.map((earlier) => earlier.get(quote)).filter(isRate);
  const [last, beforeLast] = known;
  const isBack = beforeLast !== undefined && differs(last, beforeLast) &&
    differs(rates.get(quote), last) && !differs(rates.get(quote), beforeLast);
  return isBack ? beforeLast : last;
}

/** Returns the host that agrees with each rate, where one does. */
async function confirmations(
  quotes: readonly string[],
  rates: Rates,
  others: AsyncIterable<PublishedDay>,
): Promise<Map<string, string>> {
  const confirmed = new Map<string, string>();
  for await (const { provider, rates: theirs } of others) {
    for (const quote of quotes) {
      const [ours, other] = [rates.get(quote), theirs.get(quote)];
      // Equal digits come from the same publisher: the fallback host mirrors the CDN.
      const agrees = isRate(ours) && isRate(other) && ours !== other &&
        Math.abs(change(ours, other)) <= AGREEMENT;
      if (agrees && !confirmed.has(quote)) confirmed.set(quote, provider.host);
    }
    if (confirmed.size === quotes.length) break;
  }
  return confirmed;
}

function differs(rate: unknown, from: unknown): boolean {
  return isRate(rate) && isRate(from) && Math.abs(change(rate, from)) > LARGEST_JUMP;
}

function change(rate: string, from: string): number {
  return Number(rate) / Number(from) - 1;
}

function isRate(rate: unknown): rate is string {
  return typeof rate === "string" && /^\d+(\.\d+)?$/.test(rate) && Number(rate) > 0;
}

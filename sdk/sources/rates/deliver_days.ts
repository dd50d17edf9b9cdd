import type { AnyRow } from "../../../schemas/table.ts";
import { SourceError } from "../../errors.ts";
import type { Ledger } from "../../lake/ledger.ts";
import type { Delivery, DeliveryOptions, ReadableDelivery } from "../source.ts";
import { dayDelivery, EXCHANGE_RATE, gapDelivery } from "./day_delivery.ts";
import { addDays, daysToFetch, documentName, isOverdue } from "./days.ts";
import { doubtfulDays } from "./doubtful_days.ts";
import { exchangeRateRows } from "./exchange_rate_rows.ts";
import { type FailedDay, fetchDay, type PublishedDay } from "./fetch_day.ts";
import { inOrder } from "./in_order.ts";
import type { Provider } from "./provider.ts";
import { RateHistory } from "./rate_history.ts";

/** Days that are requested in parallel. */
const AHEAD = 4;
/** After this many days in a row without any answer, the providers are down. */
const OUTAGE_DAYS = 3;
/** Banks do not publish every day: another provider's rate that is this old confirms one that jumped. */
const CONFIRMING_DAYS = 4;

/** What the deliveries of exchange rates depend on. */
export interface DaysOptions {
  readonly providers: readonly Provider[];
  /** The base currency, in small letters. */
  readonly base: string;
  /** The first date; see `daysToFetch()`. */
  readonly from?: string;
  /** The date of today in UTC. */
  readonly today: string;
  readonly fetch: typeof fetch;
  readonly timeoutMs: number;
  readonly retryDelayMs: number;
}

/**
 * Yields each day that is published, and each that never was, the oldest first. Days that cannot be read
 * hold up no other day, unless the providers are down.
 *
 * @throws {SourceError} at the end, when some days could not be read.
 */
export async function* deliverDays(
  options: DaysOptions,
  ledger: Ledger,
  { signal = new AbortController().signal, readBody }: DeliveryOptions,
): AsyncGenerator<Delivery, void> {
  const { providers, base, from, today } = options;
  const history = new RateHistory(ledger, base, readBody);
  const doubtful = from === undefined
    ? []
    : await doubtfulDays(ledger, history, { base, from, today });
  const dates = [...daysToFetch(ledger, options), ...doubtful].sort();
  const days = inOrder(dates, AHEAD, (date, stop) => {
    // Central banks publish today's rates one after another: they count when the day is over.
    const since = date < today ? date : addDays(date, 1);
    return fetchDay(providers, date, {
      ...options,
      since,
      signal: AbortSignal.any([signal, stop]),
    });
  });
  const failed: FailedDay[] = [];
  let daysWithoutAnswer = 0;
  try {
    for await (const day of days) {
      signal.throwIfAborted();
      if (day.outcome === "published") {
        const others = () => askOthers(day, { ...options, signal });
        const context = { history: await history.before(day.date), others };
        const rows = await exchangeRateRows(day, base, context);
        const delivery = dayDelivery(day, base, rows);
        if (isNews(delivery, rows, ledger)) yield delivery;
        history.add(day);
      } else if (day.outcome === "failed") {
        if (isPending(day, today)) continue;
        failed.push(day);
      } else if (isOverdue(day.date, today) && !ledger.latest(documentName(day.date, base))) {
        yield gapDelivery(day.date, base);
      }
      daysWithoutAnswer = day.outcome === "failed" && day.isOutage ? daysWithoutAnswer + 1 : 0;
      if (daysWithoutAnswer === OUTAGE_DAYS) break;
    }
  } catch (error) {
    if (!signal.aborted) throw error;
    return;
  }
  if (failed.length > 0) throw unreadable(failed);
}

/** Returns whether a day is new, has another body than before, or a rate that is confirmed by now. */
function isNews(
  { name, size }: ReadableDelivery,
  rows: readonly AnyRow[],
  ledger: Ledger,
): boolean {
  const known = ledger.latest(name);
  return known?.outcome !== "read" || known.sha256 !== size().sha256 ||
    rows.some(({ confirmed_by }) => confirmed_by !== null);
}

/** Returns whether the first provider can still publish a day. A later run then asks the others again, too. */
function isPending({ date, isUnpublishedAtFirst }: FailedDay, today: string): boolean {
  return isUnpublishedAtFirst && !isOverdue(date, today);
}

async function* askOthers(
  { provider, date }: PublishedDay,
  options: DaysOptions & { readonly signal: AbortSignal },
): AsyncGenerator<PublishedDay> {
  for (const other of options.providers) {
    if (other === provider) continue;
    const since = addDays(date, -CONFIRMING_DAYS);
    const day = await fetchDay([other], date, { ...options, since });
    if (day.outcome === "published") yield day;
  }
}

function unreadable([first, ...others]: readonly FailedDay[]): SourceError {
  const more = others.length === 0
    ? ""
    : ` (and of ${others.length} later ${others.length === 1 ? "day" : "days"})`;
  return new SourceError(
    `cannot read the exchange rates of ${first.date}${more}: ${first.reasons.join("; ")}`,
    {
      stage: "extract",
      table: EXCHANGE_RATE,
      retryable: true,
      next: "wait for the next run, which asks again; if that fails for days, check `urls`",
    },
  );
}

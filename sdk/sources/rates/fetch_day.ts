import { download, type DownloadOptions } from "./download.ts";
import { FailedDownload, type FailureKind } from "./failed_download.ts";
import { parseRates, type Rates, type RatesRequest } from "./parse_rates.ts";
import type { Provider } from "./provider.ts";

const MAX_ATTEMPTS = 3;

/** The rates of a date, as a provider published them. */
export interface PublishedDay {
  readonly outcome: "published";
  readonly date: string;
  readonly provider: Provider;
  /** The body, verbatim. */
  readonly body: Uint8Array;
  readonly rates: Rates;
}

/** A date of which no provider has rates. */
export interface UnpublishedDay {
  readonly outcome: "unpublished";
  readonly date: string;
}

/** A date without rates, of which at least one provider failed. */
export interface FailedDay {
  readonly outcome: "failed";
  readonly date: string;
  /** Why, by host: `rates.example.com: HTTP 503`. */
  readonly reasons: readonly string[];
  /** Whether no provider that failed gave any answer to read. */
  readonly isOutage: boolean;
  /** Whether the first provider says that the date is not published. */
  readonly isUnpublishedAtFirst: boolean;
}

/** What the providers answer about a date. */
export type Day = PublishedDay | UnpublishedDay | FailedDay;

/** A request for the rates of a day, and how it is made. */
export type DayOptions = Omit<DownloadOptions, "attempts"> & Omit<RatesRequest, "date">;

interface Failure {
  readonly host: string;
  readonly kind: FailureKind;
  readonly reason: string;
}

/** Asks the providers for the rates of a date, one after another, until one has them. */
export async function fetchDay(
  providers: readonly Provider[],
  date: string,
  options: DayOptions,
): Promise<Day> {
  const failures: Failure[] = [];
  const unpublished: Provider[] = [];
  for (const provider of providers) {
    const answer = await ask(provider, date, options);
    if (answer && "outcome" in answer) return answer;
    if (answer === null) unpublished.push(provider);
    else failures.push(answer);
  }
  // With one host per date, a missing host means unpublished if another provider says so.
  const relevant = failures.filter(({ host, kind }) =>
    !(unpublished.length > 0 && kind === "unreachable" &&
      providers.some((provider) => provider.host === host && provider.hostPerDate))
  );
  if (relevant.length === 0) return { outcome: "unpublished", date };
  return {
    outcome: "failed",
    date,
    reasons: relevant.map(({ host, reason }) => `${host}: ${reason}`),
    isOutage: relevant.every(({ kind }) => kind !== "unusable"),
    isUnpublishedAtFirst: unpublished[0] === providers[0],
  };
}

async function ask(
  provider: Provider,
  date: string,
  options: DayOptions,
): Promise<PublishedDay | Failure | null> {
  try {
    // A date that is not published has no host of its own: there is nothing to wait for.
    const attempts = provider.hostPerDate ? 1 : MAX_ATTEMPTS;
    const body = await download(provider.url(date), { ...options, attempts });
    const rates = body && parseRates(body, { ...options, date });
    return body && rates && { outcome: "published", date, provider, body, rates };
  } catch (error) {
    if (!(error instanceof FailedDownload)) throw error;
    return { host: provider.host, kind: error.kind, reason: error.message };
  }
}

import { ConfigurationError } from "../../errors.ts";

/** The URLs where the public rates are: a CDN, its fallback host, and the rates of central banks. */
export const PUBLIC_RATES: readonly string[] = [
  "https://cdn.jsdelivr.net/npm/@fawazahmed0/currency-api@{date}/v1/currencies/{code}.min.json",
  "https://{date}.currency-api.pages.dev/v1/currencies/{code}.min.json",
  "https://api.frankfurter.dev/v2/rates?date={date}&base={code}",
];

/** A host that publishes exchange rates. */
export interface Provider {
  /** The host, without the date. */
  readonly host: string;
  /** Whether each date has a host of its own: a date that is not published has none. */
  readonly hostPerDate: boolean;
  /** Returns the URL of the rates of a date. */
  url(date: string): URL;
}

/**
 * Returns the provider with this URL template.
 *
 * @throws {ConfigurationError} when the template is no http or https URL, or has no `{date}`.
 */
export function providerOf(template: string, base: string): Provider {
  const fill = (text: string, date: string) =>
    text.replaceAll("{date}", date).replaceAll("{code}", base);
  const withoutDate = template.replace(/^(\w+:\/\/)\{date\}\./, "$1");
  const example = URL.parse(fill(withoutDate, "2000-01-01"));
  if (!example || !/^https?:$/.test(example.protocol) || !template.includes("{date}")) {
    // The template itself can hold a key.
    throw new ConfigurationError(
      "a URL of exchange rates is not an http or https URL with {date}",
      {
        stage: "configuration",
        next: "give `urls` like https://rates.example.com/{date}/{code}.json",
      },
    );
  }
  return {
    host: example.host,
    hostPerDate: withoutDate !== template,
    url: (date) => new URL(fill(template, date)),
  };
}

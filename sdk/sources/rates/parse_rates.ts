import currencies from "currency-codes";
import { plainDecimal } from "../plain_decimal.ts";
import { FailedDownload } from "./failed_download.ts";

/**
 * What one unit of the base costs in each currency of ISO 4217, by code in capital letters. A number is
 * its digits in the body; anything else is as it was there.
 */
export type Rates = ReadonlyMap<string, unknown>;

/** The request that a body answers. */
export interface RatesRequest {
  /** `2026-11-30`. */
  readonly date: string;
  /** The base currency, in small letters. */
  readonly base: string;
  /** The earliest date of a rate, where each has its own. */
  readonly since: string;
}

/**
 * Returns the rates in a body, or null if it has none of this date. Two shapes are known: that of
 * fawazahmed0's exchange API, `{"date":"2026-11-30","eur":{"usd":1.1}}`, and that of Frankfurter v2,
 * `[{"date":"2026-11-30","base":"EUR","quote":"USD","rate":1.1}]`. The latter has the rates of earlier
 * dates where this one has none: they count from `since` on.
 *
 * @throws {FailedDownload} when it is not an answer to the request.
 */
export function parseRates(body: Uint8Array, request: RatesRequest): Rates | null {
  const value = parseJson(body);
  const quotes = Array.isArray(value) ? fromRows(value, request) : fromObject(value, request);
  const rates = new Map<string, unknown>();
  for (const [code, rate] of quotes) {
    if (/^[A-Z]{3}$/.test(code) && currencies.code(code)) rates.set(code, rate);
  }
  if (Number(rates.get(request.base.toUpperCase()) ?? 1) !== 1) {
    throw unusable("the base does not cost 1 of itself");
  }
  if (rates.size > 0) return rates;
  if (Array.isArray(value)) return null;
  throw unusable("the body has no rates");
}

function parseJson(body: Uint8Array): unknown {
  let names = -1; // the whole value has none
  /** A rate with a larger exponent stays as it is, and its row goes to quarantine. */
  const LARGEST_EXPONENT = 100;

  /** Keeps the digits of a number, which a float would round. */
  function exactNumber(
    this: unknown,
    _key: string,
    value: unknown,
    context?: { readonly source: string },
  ): unknown {
    if (!Array.isArray(this)) names++;
    if (typeof value !== "number") return value;
    const { source } = context!;
    return plainDecimal(source, LARGEST_EXPONENT) ?? source;
  }
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(body);
    const value = JSON.parse(text, exactNumber);
    // Of two values with the same name, the parser keeps the last.
    if (names === countNames(text)) return value;
  } catch {
    throw unusable(body[0] === "<".charCodeAt(0) ? "the body is HTML" : "the body is not JSON");
  }
  throw unusable("a name is there twice");
}

/** Returns how many names the objects of JSON have. */
function countNames(json: string): number {
  let count = 0;
  for (const [, colon] of json.matchAll(/"(?:[^"\\]|\\.)*"(\s*:)?/g)) if (colon) count++;
  return count;
}

function fromRows(
  rows: readonly unknown[],
  { date, base, since }: RatesRequest,
): [string, unknown][] {
  const newest = new Map<string, { readonly date: string; readonly rate: unknown }>();
  const seen = new Set<string>();
  for (const row of rows) {
    const { date: rowDate, base: rowBase, quote, rate } = record(row);
    if (typeof rowBase !== "string" || rowBase.toLowerCase() !== base) {
      throw unusable("the body has rates of another base");
    }
    if (typeof quote !== "string" || !isDate(rowDate)) {
      throw unusable("a rate has no quote or date");
    }
    if (rowDate > date) throw unusable(`the body is of ${rowDate}`);
    if (seen.has(`${quote} ${rowDate}`)) throw unusable("a currency has two rates");
    seen.add(`${quote} ${rowDate}`);
    if (rowDate >= since && rowDate > (newest.get(quote)?.date ?? "")) {
      newest.set(quote, { date: rowDate, rate });
    }
  }
  return [...newest].map(([quote, { rate }]) => [quote, rate]);
}

function* fromObject(value: unknown, request: RatesRequest): Generator<[string, unknown]> {
  const body = record(value);
  if (!isDate(body.date)) throw unusable("the body has no date");
  if (body.date !== request.date) throw unusable(`the body is of ${body.date}`);
  if (!Object.hasOwn(body, request.base)) throw unusable("the body has rates of another base");
  for (const [code, rate] of Object.entries(record(body[request.base]))) {
    if (/^[a-z]{3}$/.test(code)) yield [code.toUpperCase(), rate];
  }
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    return value as Record<string, unknown>;
  }
  throw unusable("the body has another shape");
}

function isDate(value: unknown): value is string {
  return typeof value === "string" && /^\d{4}-\d{2}-\d{2}$/.test(value);
}

function unusable(message: string): FailedDownload {
  return new FailedDownload("unusable", message);
}

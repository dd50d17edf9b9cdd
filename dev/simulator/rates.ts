/**
 * Exchange rates that look real, for every day, without a network: bodies of the shape that fawazahmed0's
 * exchange API has.
 *
 * @module
 */
import { Random } from "./random.ts";

/** What one euro cost on 2026-09-29, in the package `@fawazahmed0/currency-api`. */
const RATES_2026_09_29: Readonly<Record<string, number>> = {
  aud: 1.6186154,
  cad: 1.6119026,
  chf: 0.94676887,
  cny: 7.62052519,
  dkk: 7.47510191,
  eur: 1,
  gbp: 0.85817579,
  inr: 109.15986906,
  jpy: 178.90554702,
  nok: 10.84593728,
  nzd: 2.00782724,
  pln: 4.37308992,
  sek: 11.33855492,
  usd: 1.13607202,
  zar: 18.67716349,
};
const CODES = Object.keys(RATES_2026_09_29);
/** Never published, by the real API either. */
const MISSING = "2025-12-10";
const DAY_MS = 86_400_000;

/**
 * Returns the body of the rates of a date (`2026-11-30`), always the same one; null if that date or
 * currency is not published. `base` is a code in small letters.
 */
export function ratesBody(date: string, base: string): string | null {
  if (date === MISSING || !CODES.includes(base)) return null;
  const one = euroRate(date, base);
  const quotes = CODES.map((code) => {
    const rate = code === base ? 1 : Number((euroRate(date, code) / one).toPrecision(9));
    return [code, rate];
  });
  return JSON.stringify({ date, [base]: Object.fromEntries(quotes) });
}

/** Answers a request for the rates of a date, such as `/2026-11-30/eur.json`: 404 after today. */
export function serveRates(request: Request, today: () => Date = () => new Date()): Response {
  const { pathname } = new URL(request.url);
  const [, date, base] = /(\d{4}-\d{2}-\d{2}).*\/([a-z]{3})(?:\.min)?\.json$/.exec(pathname) ?? [];
  const isPublished = date !== undefined && date <= today().toISOString().slice(0, 10);
  const body = isPublished ? ratesBody(date, base) : null;
  return body === null
    ? new Response("not found", { status: 404 })
    : new Response(body, { headers: { "content-type": "application/json" } });
}

/** Swings around the real rate for months, with a little noise each day. */
function euroRate(date: string, code: string): number {
  if (code === "eur") return 1;
  const day = Date.parse(date) / DAY_MS;
  const index = CODES.indexOf(code);
  const noise = new Random(day * CODES.length + index).int(-1000, 1000) / 1000;
  const swing = Math.sin(day / 53 + index) + 0.4 * Math.sin(day / 11 + 2 * index) + 0.15 * noise;
  return RATES_2026_09_29[code] * (1 + 0.03 * swing);
}

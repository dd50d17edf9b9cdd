import { type RatesOptions, ratesSource } from "../../../sdk/sources/rates/rates.ts";
import type { Source } from "../../../sdk/sources/source.ts";

/** Returns a source of rates for which it is noon of a date, and which asks for that date alone. */
export function ratesOn(
  today: string,
  options: Partial<RatesOptions> & Pick<RatesOptions, "urls">,
): Source {
  const now = new Date(`${today}T12:00:00Z`);
  const fast = { timeoutMs: 2000, retryDelayMs: 1 };
  return ratesSource({ base: "eur", today: () => now, from: today, ...fast, ...options });
}

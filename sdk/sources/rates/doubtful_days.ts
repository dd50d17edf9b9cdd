import type { Ledger } from "../../lake/ledger.ts";
import { addDays, documentName } from "./days.ts";
import { hasJump } from "./exchange_rate_rows.ts";
import type { RateHistory } from "./rate_history.ts";

/**
 * Returns the dates that were read and have a rate that jumped, the oldest first: by now another provider can
 * agree, or the rate can have been corrected.
 */
export async function doubtfulDays(
  ledger: Ledger,
  history: RateHistory,
  { base, from, today }: { readonly base: string; readonly from: string; readonly today: string },
): Promise<string[]> {
  const days: string[] = [];
  for (let date = from; date <= today; date = addDays(date, 1)) {
    if (ledger.latest(documentName(date, base))?.outcome !== "read") continue;
    const rates = await history.of(date);
    if (rates && hasJump(rates, await history.before(date))) days.push(date);
  }
  return days;
}

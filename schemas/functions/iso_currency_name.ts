import currencies from "currency-codes";
import type { ScalarFunction } from "../origin.ts";

/** Returns the English name of a currency code in ISO 4217, or the code if it has none. */
export const isoCurrencyName = {
  version: 1,
  takes: "text",
  returns: "text",
  call: (code: string): string => currencies.code(code.trim().toUpperCase())?.currency ?? code,
} as const satisfies ScalarFunction;

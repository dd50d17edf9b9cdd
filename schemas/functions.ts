import { isoCurrencyName } from "./functions/iso_currency_name.ts";
import type { Functions } from "./origin.ts";

/** The functions of the totesys warehouse. */
export const functions = { isoCurrencyName } as const satisfies Functions;

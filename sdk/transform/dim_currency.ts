import currencies from "currency-codes";
import type { Currency } from "../../schemas/source/currency.ts";
import type { DimCurrency } from "../../schemas/warehouse/dim_currency.ts";

/** Returns the dimension row of a currency, with its English name in ISO 4217, or its code if it has none. */
export function toDimCurrency({ currency_id, currency_code }: Currency): DimCurrency {
  const known = currencies.code(currency_code.trim().toUpperCase());
  return { currency_id, currency_code, currency_name: known?.currency ?? currency_code };
}

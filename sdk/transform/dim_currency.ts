import currencies from "currency-codes";
import type { Currency } from "../../schemas/source/currency.ts";
import type { DimCurrency } from "../../schemas/warehouse/dim_currency.ts";

/** Names a currency as ISO 4217 does in English. A code the standard lacks is its own name. */
export function toDimCurrency({ currency_id, currency_code }: Currency): DimCurrency {
  const known = currencies.code(currency_code.trim().toUpperCase());
  return { currency_id, currency_code, currency_name: known?.currency ?? currency_code };
}

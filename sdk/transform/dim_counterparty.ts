import type { Address } from "../../schemas/source/address.ts";
import type { Counterparty } from "../../schemas/source/counterparty.ts";
import type { DimCounterparty } from "../../schemas/warehouse/dim_counterparty.ts";

/** Returns the dimension row of a counterparty and its legal address. */
export function toDimCounterparty(
  counterparty: Counterparty,
  { address }: { address: Address },
): DimCounterparty {
  return {
    counterparty_id: counterparty.counterparty_id,
    counterparty_legal_name: counterparty.counterparty_legal_name,
    counterparty_legal_address_line_1: address.address_line_1,
    counterparty_legal_address_line_2: address.address_line_2,
    counterparty_legal_district: address.district,
    counterparty_legal_city: address.city,
    counterparty_legal_postal_code: address.postal_code,
    counterparty_legal_country: address.country,
    counterparty_legal_phone_number: address.phone,
  };
}

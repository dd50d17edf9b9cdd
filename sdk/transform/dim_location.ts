import type { Address } from "../../schemas/source/address.ts";
import type { DimLocation } from "../../schemas/warehouse/dim_location.ts";

/** Returns the dimension row of an address. */
export function toDimLocation(address: Address): DimLocation {
  return {
    location_id: address.address_id,
    address_line_1: address.address_line_1,
    address_line_2: address.address_line_2,
    district: address.district,
    city: address.city,
    postal_code: address.postal_code,
    country: address.country,
    phone: address.phone,
  };
}

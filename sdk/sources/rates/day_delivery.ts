import type { AnyRow } from "../../../schemas/table.ts";
import { ByteMeter } from "../../lake/byte_meter.ts";
import type { ReadableDelivery, ReportedDelivery } from "../source.ts";
import { documentName, WAIT_DAYS } from "./days.ts";
import type { PublishedDay } from "./fetch_day.ts";

/** The table of every document. */
export const EXCHANGE_RATE = "exchange_rate";

/** Returns the document of a day that was published. */
export function dayDelivery(
  { date, provider, body }: PublishedDay,
  base: string,
  rows: readonly AnyRow[],
): ReadableDelivery {
  const meter = new ByteMeter();
  meter.add(body);
  const size = { bytes: meter.bytes, sha256: meter.sha256() };
  return {
    name: documentName(date, base),
    version: provider.host,
    table: EXCHANGE_RATE,
    body,
    async *rows() {
      yield await Promise.resolve(rows);
    },
    size: () => size,
  };
}

/** Returns the report that a day was never published. */
export function gapDelivery(date: string, base: string): ReportedDelivery {
  return {
    name: documentName(date, base),
    version: "",
    table: EXCHANGE_RATE,
    bytes: 0,
    sha256: "",
    outcome: "missing",
    reason: `not published within ${WAIT_DAYS} days`,
  };
}

/** How often a load waits for an answer: behind a distance, that is most of a tick's time. */
import { assertEquals } from "@std/assert";
import { openDistance } from "../../dev/distance.ts";
import { totesys } from "../../schemas/mod.ts";
import { load, loadAndCount } from "../../sdk/load/load.ts";
import { keepConnections } from "../../sdk/postgres/kept_connections.ts";
import { calendarRow } from "../support/models.ts";
import {
  currency,
  type Loading,
  put,
  sale,
  sales,
  staffMember,
  type Star,
  star,
  test,
} from "./star.ts";

/** Returns what counts the round trips of a load. */
async function tripCounter(
  { processed, warehouse }: Loading,
  stack: AsyncDisposableStack,
): Promise<() => Promise<number>> {
  const distance = stack.use(openDistance({ delay_ms: 5 }));
  const far = await distance.to(warehouse);
  stack.use(keepConnections());
  await load({ processed, warehouse: far });
  return async () => {
    distance.reset();
    await loadAndCount({ processed, warehouse: far });
    return distance.traffic().trips;
  };
}

test("a load without changes takes one round trip", async (loading) => {
  await using stack = new AsyncDisposableStack();
  await put(loading.processed, star(sales(3)));
  const trips = await tripCounter(loading, stack);
  for (let time = 0; time < 3; time++) assertEquals(await trips(), 1);
});

test("a load takes three round trips and one for each object", async (loading) => {
  await using stack = new AsyncDisposableStack();
  const { processed } = loading;
  await put(processed, star([sale(1), sale(2, { currency_id: 2 })]), totesys, {
    quarantined: { dim_staff: [{ key: 8, reason: "bad", row: { staff_id: 8 } }] },
  });
  const trips = await tripCounter(loading, stack);
  const batches: Star[] = [
    { dim_date: [calendarRow("2023-01-01")], fact_sales_order: [sale(3)] },
    {
      dim_currency: [currency(1, "Pound")],
      dim_staff: [staffMember(2)],
      fact_sales_order: [sale(1)],
    },
    {},
  ];
  for (const batch of batches) {
    await put(processed, batch);
    // Orphans are looked up in the same trips.
    assertEquals(await trips(), 3 + Object.keys(batch).length);
  }
  await put(processed, { fact_sales_order: [sale(4)] }, totesys, {
    deleted: { fact_sales_order: [3], dim_staff: [2] },
    quarantined: { dim_staff: [{ key: 9, reason: "bad", row: { staff_id: 9 } }] },
  });
  assertEquals(await trips(), 3 + 3);
});

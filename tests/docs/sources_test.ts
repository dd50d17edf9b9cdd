/** The queries of docs/sources.md, against a warehouse. */
import { assertEquals } from "@std/assert";
import { load } from "../../sdk/load/load.ts";
import { deliver, rate, target } from "../load/documents.ts";
import { currency, put, sale, star } from "../load/star.ts";
import { testLake } from "../support/lake.ts";
import { testDatabase } from "../support/postgres.ts";

const page = await Deno.readTextFile(new URL("../../docs/sources.md", import.meta.url));

Deno.test("actual against target adds up currencies, and takes the newest of two targets", async () => {
  await using lake = await testLake();
  await using database = await testDatabase("warehouse");
  const pipeline = { ...lake, warehouse: database.url };
  const { dim_currency, ...rest } = star([
    sale(1, { units_sold: 100 }),
    sale(2, { units_sold: 100, currency_id: 2 }),
    sale(3, { units_sold: 7, created_date: "2022-11-07", currency_id: 3 }),
  ]);
  const [dollar, rupee] = ["USD", "INR"].map((currency_code, index) => ({
    ...currency(index + 2),
    currency_code,
  }));
  await put(lake.processed, { ...rest, dim_currency: [...dim_currency, dollar, rupee] });
  await load(pipeline);
  const rows = [rate("2022-11-01", "GBP", "0.8"), rate("2022-11-01", "USD", "1.6")];
  await deliver(lake, "rates", { name: "2022-11-01/eur", rows });
  await load({ ...pipeline, sourceName: "rates" });
  const november = (name: string, record: number, changes: { target: string; code?: string }) =>
    target(name, record, {
      month: "2022-11-01",
      target: changes.target,
      currency_code: changes.code ?? "GBP",
    });
  await deliver(lake, "files", {
    name: "b.csv",
    rows: [
      november("b.csv", 1, { target: "1.00" }),
      november("b.csv", 2, { target: "200.00", code: "USD" }),
    ],
  });
  await deliver(lake, "files", {
    name: "a.csv",
    rows: [november("a.csv", 1, { target: "500.00" })],
  });
  await load({ ...pipeline, sourceName: "files" });
  const query = page.split("### Actual against target")[1].split("```sql\n")[1].split("```")[0];
  const [found, ...others] = await database.sql.unsafe(query);
  assertEquals(others, []);
  const { target: wanted, actual, orders_without_rate } = found;
  // 500 pounds and 200 dollars; 394 pounds and 394 dollars.
  assertEquals([wanted, actual, orders_without_rate], ["600.00", "591.00", "1"]);
});

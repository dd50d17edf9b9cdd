import { assertEquals } from "@std/assert";
import { load } from "../../sdk/load/load.ts";
import { run } from "../../sdk/operate/run.ts";
import { deliver, rate } from "../load/documents.ts";
import { test } from "./pipelines.ts";

test("a tick without changes replaces the views when the reference currency is another one", async (pipeline) => {
  await run(pipeline);
  const rows = [rate("2022-11-01", "GBP", "0.8"), rate("2022-11-01", "USD", "1.6")];
  await deliver(pipeline, "rates", { name: "2022-11-01/eur", rows });
  await load({ ...pipeline, sourceName: "rates" });
  for (const referenceCurrency of [undefined, "USD", "USD", "EUR"]) {
    const { load } = await run({ ...pipeline, referenceCurrency });
    assertEquals(load.commits, []);
    const [{ currency }] = await pipeline.sql`
      SELECT reference_currency AS currency FROM fact_sales_order_converted LIMIT 1`;
    assertEquals(currency, referenceCurrency ?? "GBP");
  }
});

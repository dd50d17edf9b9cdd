/** The crons keep what makes the business page of the dashboard fast, if there is a dashboard. */
import { assertEquals } from "@std/assert";
import { salesOrder } from "../../../schemas/mod.ts";
import { settingsOf, test } from "../../operate/pipelines.ts";
import { insert } from "../../support/source.ts";
import { runCrons } from "./crons.ts";

test("the crons keep daily totals for a dashboard, and none without one", async (pipeline) => {
  const settings = { ...settingsOf(pipeline), CRON_JOBS: "extract" };
  const withDashboard = {
    ...settings,
    DASHBOARD_PASSWORD: "correct horse battery staple",
    DASHBOARD_WAREHOUSE_URL: "postgres://dashboard@127.0.0.1:1/warehouse",
  };
  const { sql } = pipeline;
  await runCrons(settings);
  assertEquals((await sql`SELECT to_regclass('daily_total') AS found`)[0].found, null);
  const { lines } = await runCrons(withDashboard);
  assertEquals(lines.find(({ event }) => event === "daily totals")?.done, "filled");
  const orders = async () => {
    const [{ orders }] = await sql`
      SELECT sum(orders)::int AS orders FROM daily_total
      WHERE fact = 'fact_sales_order' AND grouped_by = 'hour'`;
    return orders;
  };
  assertEquals(await orders(), 1);
  await insert(pipeline.sourceSql, salesOrder, { sales_order_id: 2 });
  await runCrons(withDashboard);
  assertEquals(await orders(), 2);
  assertEquals((await sql`SELECT count(*)::int AS n FROM daily_total_change`)[0].n, 0);
});

/**
 * The pages that the README shows, on a day with a short outage and three invalid rows. This writes its
 * pictures again:
 *
 *     PICTURES=docs/pictures deno task test tests/functions/dashboard/browser/readme_test.ts
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { daysAgo } from "../../../support/rates_server.ts";
import { slowTest } from "../../../support/slow.ts";
import { browserTest, openPage } from "./browser.ts";
import { age, pause, repeatRuns } from "./history.ts";
import { layoutFaults } from "./inspect.ts";
import { photographTop } from "./pictures.ts";
import { type LivePipeline, openPipeline } from "./pipeline.ts";
import { change } from "./states.ts";

const ORDERS = 5_000;
/** Two periods of 13 weeks have rates. */
const RATE_DAYS = 182;
/** Changes before each tick. */
const TICKS = [3, 0, 0, 2, 0, 0, 0, 4, 0, 1, 0, 0, 9, 0, 0, 0, 2, 0, 0, 0, 5, 0, 0];
const DAY_MINUTES = 24 * 60;
const OUTAGE = { ago: 175, minutes: 21 };

const VIEW = { width: 1280, height: 800 };
/** Sharp on screens that have more dots than pixels. */
const DOTS = 2;

browserTest("the pages that the README shows fit", async () => {
  await using pipeline = await openPipeline();
  await trade(pipeline);
  await using served = await pipeline.serve();
  for (const [name, path] of [["operations", "/"], ["business", "/business"]]) {
    for (const scheme of ["light", "dark"] as const) {
      const context = { ...served.context, viewport: VIEW, deviceScaleFactor: DOTS };
      await using open = await openPage(served.url + path, { ...VIEW, scheme, context });
      await photographTop(open, `${name}-${scheme}`);
      assertEquals([...open.complaints, ...await layoutFaults(open)], []);
    }
  }
}, slowTest);

async function trade(pipeline: LivePipeline): Promise<void> {
  const { source, warehouse } = pipeline;
  await pipeline.fill(ORDERS);
  await pipeline.run("extract");
  await age(warehouse, 3 * DAY_MINUTES);
  await pipeline.etl("rates", "--from", daysAgo(RATE_DAYS));
  await pipeline.run("files");
  await age(warehouse, 5 * 60);
  for (const events of TICKS) {
    if (events > 0) await change(pipeline, events);
    await pipeline.run("extract");
  }
  await repeatRuns(warehouse, DAY_MINUTES);
  await pause(warehouse, OUTAGE.ago, OUTAGE.minutes);
  await pipeline.run("reconcile");
  await pipeline.etl("verify");
  await source
    .sql`UPDATE sales_order SET agreed_delivery_date = '2026-02-30' WHERE sales_order_id = 4712`;
  await source
    .sql`UPDATE purchase_order SET agreed_payment_date = '27/11/2026' WHERE purchase_order_id = 1804`;
  await source.sql`UPDATE payment SET payment_amount = 'NaN' WHERE payment_id = 6012`;
  await pipeline.run("extract");
}

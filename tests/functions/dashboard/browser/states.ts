/**
 * The states that a dashboard must explain, each brought about by what causes it: a source that is down,
 * rows that no warehouse can hold, a load that is under way. Only time is made up.
 *
 * @module
 */
import { startActivity } from "../../../../dev/simulator/activity.ts";
import type { Dashboard } from "../../../../functions/dashboard/dashboard.ts";
import { openWarehouse } from "../../../../functions/dashboard/data/warehouse.ts";
import { daysAgo } from "../../../support/rates_server.ts";
import { age, repeatRuns } from "./history.ts";
import { loadWideModel, WIDE_MODEL } from "./wide_model.ts";
import { type LivePipeline, UNREACHABLE } from "./pipeline.ts";

/** Brings a pipeline into a state. Returns what its dashboard is served with. */
export type State = (pipeline: LivePipeline) => Promise<Partial<Dashboard>>;

const ROWS = 1_000;
const DAY_MINUTES = 24 * 60;
/** Ticks that find changes, and ticks that find none. */
const TICKS = [40, 0, 0, 25, 0, 10];
/** Every order has a rate then, in the period that is shown first and in the one before. */
const RATE_DAYS = 182;
const QUARANTINED = 300;
const HUGE_RUNS = 10_000;

/** The states by name. */
export const STATES = {
  empty: () => Promise.resolve({}),
  loading: async (pipeline) => {
    await pipeline.fill(ROWS);
    await pipeline.run("extract", { CHUNK_ROWS: "50", RUN_BUDGET_SECONDS: "0.001" });
    return {};
  },
  fresh: async (pipeline) => {
    await trade(pipeline);
    await pipeline.etl("rates", "--from", daysAgo(RATE_DAYS));
    return {};
  },
  partial: async (pipeline) => {
    await trade(pipeline);
    await pipeline.source.sql`ALTER TABLE design DROP COLUMN design_name`;
    await pipeline.source.sql`ALTER TABLE staff ADD COLUMN nickname text`;
    await pipeline.run("extract");
    return {};
  },
  stale: async (pipeline) => {
    await trade(pipeline);
    await age(pipeline.warehouse, 47);
    await pipeline.run("extract", { SOURCE_URL: UNREACHABLE });
    await pipeline.run("heartbeat");
    return {};
  },
  failing: async (pipeline) => {
    await trade(pipeline);
    await pipeline.run("extract", { SOURCE_URL: UNREACHABLE });
    return {};
  },
  quarantine: async (pipeline) => {
    await trade(pipeline);
    await spoil(pipeline);
    return {};
  },
  unreachable: async (pipeline) => {
    await trade(pipeline);
    await pipeline.run("load", { WAREHOUSE_URL: UNREACHABLE });
    const url = () => Promise.resolve(UNREACHABLE);
    return { warehouse: openWarehouse({ get: url, renew: url }) };
  },
  huge: async (pipeline) => {
    await trade(pipeline);
    await spoil(pipeline);
    await repeatRuns(pipeline.warehouse, HUGE_RUNS);
    return {};
  },
  wide: async (pipeline) => {
    await loadWideModel(pipeline);
    await repeatRuns(pipeline.warehouse, DAY_MINUTES);
    return { model: WIDE_MODEL, name: "a pipeline with a <long> name & another one" };
  },
} as const satisfies Readonly<Record<string, State>>;

/** A first load, a day of ticks, every other job, and a comparison of every row. */
async function trade(pipeline: LivePipeline): Promise<void> {
  await pipeline.fill(ROWS);
  await pipeline.run("extract");
  for (const job of ["rates", "files", "reconcile"] as const) await pipeline.run(job);
  for (const events of TICKS) {
    if (events > 0) await change(pipeline, events);
    await pipeline.run("extract");
  }
  await pipeline.etl("verify");
  await repeatRuns(pipeline.warehouse, DAY_MINUTES);
}

/** Lets the source's own clients work for a moment. */
export async function change({ source }: LivePipeline, events: number): Promise<void> {
  await using _ = startActivity(source.url, { seed: events, per_second: 10 * events });
  await new Promise((resolve) => setTimeout(resolve, 100));
}

/** Writes values that the warehouse cannot hold into many rows, for several reasons. */
async function spoil({ source: { sql }, run }: LivePipeline): Promise<void> {
  const third = Math.ceil(QUARANTINED / 3);
  await sql`UPDATE sales_order SET agreed_delivery_date = '2026-02-30' WHERE sales_order_id <= ${third}`;
  await sql`UPDATE purchase_order SET agreed_payment_date = '27/11/2026' WHERE purchase_order_id <= ${third}`;
  await sql`UPDATE payment SET payment_amount = 'NaN' WHERE payment_id <= ${third}`;
  await run("extract");
}

import { assert, assertEquals } from "@std/assert";
import { type Distance, openDistance } from "../../dev/distance.ts";
import { openStore } from "../../sdk/lake/open_store.ts";
import { keepConnections, run, type RunOptions } from "../../sdk/mod.ts";
import { testLake } from "../support/lake.ts";
import { testDatabase } from "../support/postgres.ts";
import { S3_ENDPOINT, s3Test, testBucket } from "../support/s3.ts";
import { createSource, insertOneOfEach, type Sql } from "../support/source.ts";

const DELAY_MS = 10;
const ROWS = 1_000;

/** Requests of a tick to S3, by kind. */
type Requests = Readonly<Record<string, number>>;

/** The most trips of a tick to both databases, and how many of them wait for one another. */
const LIMITS = {
  warm: { changes: { trips: 12, chain: 10 }, quiet: { trips: 4, chain: 2 } },
  // With four round trips to log in.
  cold: { changes: { trips: 18, chain: 13 }, quiet: { trips: 12, chain: 6 } },
};

for (const [how, limits] of Object.entries(LIMITS)) {
  Deno.test(`a tick takes few trips to the databases when connections are ${how}`, async () => {
    await using source = await testDatabase("totesys");
    await using warehouse = await testDatabase("warehouse");
    await using lake = await testLake();
    await createSource(source.sql);
    await insertOneOfEach(source.sql);
    await insertOrders(source.sql);
    await using distance = openDistance({ delay_ms: DELAY_MS });
    const pipeline = {
      source: await distance.to(source.url),
      warehouse: await distance.to(warehouse.url),
      ingestion: lake.ingestion,
      processed: lake.processed,
    };
    await using _ = how === "warm" ? keepConnections() : null;
    await run(pipeline);
    await run(pipeline); // counts the tables of the warehouse
    await source.sql`UPDATE sales_order SET units_sold = units_sold + 1`;
    const changes = await trafficOf(pipeline, distance);
    const quiet = await trafficOf(pipeline, distance);
    for (const [kind, { trips, chain }] of Object.entries({ changes, quiet })) {
      const most = limits[kind as "changes" | "quiet"];
      assert(trips <= most.trips, `${kind}: ${trips} trips`);
      assert(chain <= most.chain, `${kind}: ${chain} trips one after another`);
    }
  });
}

s3Test("a tick on S3 takes few trips, and one without changes hardly any", async () => {
  await using source = await testDatabase("totesys");
  await using warehouse = await testDatabase("warehouse");
  await createSource(source.sql);
  await insertOneOfEach(source.sql);
  await insertOrders(source.sql);
  const stores = [await testBucket(), await testBucket()].map(({ store }) => store.url);

  await using distance = openDistance({ delay_ms: DELAY_MS });
  Deno.env.set("AWS_ENDPOINT_URL_S3", await distance.to(S3_ENDPOINT!));
  await using _connections = keepConnections();
  try {
    const pipeline = {
      source: await distance.to(source.url),
      warehouse: await distance.to(warehouse.url),
      ingestion: openStore(stores[0]),
      processed: openStore(stores[1]),
    };
    const tick = async () => await trafficOf(pipeline, distance);
    await tick();
    await tick();

    const quiet = await tick();
    assertEquals(quiet.requests, { LIST: 2 });
    assert(quiet.chain <= 5, `${quiet.chain} trips one after another`);

    await source.sql`UPDATE sales_order SET units_sold = units_sold + 1`;
    const facts = await tick();
    // The rows, the commit; the fact, its dates, the commit. Each object is read once, no commit is.
    assertEquals(facts.requests, { LIST: 2, PUT: 5, GET: 3 });
    assert(facts.chain <= 22, `${facts.chain} trips one after another`);

    await source.sql`UPDATE department SET location = 'Leeds'`;
    await source.sql`UPDATE address SET city = 'Leeds'`;
    await source.sql`UPDATE design SET design_name = 'Leeds'`;
    await source.sql`UPDATE sales_order SET units_sold = units_sold + 1`;
    const wide = await tick();
    assertEquals(wide.requests, { LIST: 2, PUT: 14, GET: 12 });
    assert(wide.chain <= 38, `${wide.chain} trips one after another`);
  } finally {
    Deno.env.delete("AWS_ENDPOINT_URL_S3");
  }
});

async function insertOrders(sql: Sql): Promise<void> {
  await sql`INSERT INTO sales_order SELECT 1 + n, created_at, last_updated, design_id, staff_id,
    counterparty_id, units_sold, unit_price, currency_id, agreed_delivery_date, agreed_payment_date,
    agreed_delivery_location_id FROM sales_order, generate_series(1, ${ROWS}) n`;
}

async function trafficOf(
  pipeline: RunOptions,
  distance: Distance,
): Promise<{ readonly trips: number; readonly chain: number; readonly requests: Requests }> {
  distance.reset();
  await run({ ...pipeline, reconcileEveryMs: Infinity });
  const { trips, chain, requests } = distance.traffic();
  const kinds = requests.map(({ beginning }) =>
    beginning.includes("list-type=2") ? "LIST" : /^(GET|PUT|HEAD|POST) /.exec(beginning)?.[1]
  ).filter((kind) => kind !== undefined);
  const counts = Object.entries(Object.groupBy(kinds, (kind) => kind))
    .map(([kind, all]) => [kind, all!.length]);
  return { trips, chain, requests: Object.fromEntries(counts) };
}

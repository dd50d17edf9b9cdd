import { createDashboard } from "../../../functions/dashboard/app.tsx";
import { maintainTotals } from "../../../functions/dashboard/data/business/maintain_totals.ts";
import { openWarehouse } from "../../../functions/dashboard/data/warehouse.ts";
import { totesys } from "../../../schemas/model.ts";
import { connect } from "../../../sdk/postgres/connection.ts";
import { openStore } from "../../../sdk/mod.ts";
import { keepConnections } from "../../../sdk/postgres/kept_connections.ts";
import type { Bench } from "../context.ts";
import type { Group, Measurement } from "../measurement.ts";
import type { Loaded } from "./first_load.ts";

const TIMES = 9;
/** Two years of orders by department: the totals do not have them, so the orders are read. */
const PATHS = [
  ["13 weeks", "/business"],
  ["52 weeks", "/business?period=year"],
  ["52 weeks, one currency", "/business?period=year&currency=USD"],
  ["52 weeks, one department", "/business?period=year&department="],
] as const;

/** Opens the business page of the dashboard. Last: the daily totals would slow down other scenarios. */
export async function pages(bench: Bench, { live }: Loaded): Promise<Group[]> {
  if (bench.options.wide) return [];
  bench.report("pages");
  const { WAREHOUSE_URL, INGESTION_URL } = live.near;
  await using _ = keepConnections();
  await using connection = connect(WAREHOUSE_URL);
  await maintainTotals(WAREHOUSE_URL);
  const [{ day, department }] = await connection.query<{ day: string; department: string }>(
    `SELECT (SELECT max(created_date)::text FROM fact_sales_order) AS day,
  (SELECT department_name FROM dim_staff GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 1) AS department`,
  );
  const get = () => Promise.resolve(WAREHOUSE_URL);
  const app = await createDashboard({
    name: "totesys",
    model: totesys,
    warehouse: openWarehouse({ get, renew: get }),
    ingestion: openStore(INGESTION_URL),
    referenceCurrency: "GBP",
    freshness_ms: 1_800_000,
    sources: new Map(),
    quarantine_rows: 100,
    now: () => new Date(`${day}T23:59:59Z`),
  }, "everyone");
  const open = async (path: string, headers: Readonly<Record<string, string>> = {}) => {
    const started = performance.now();
    const answer = await app.request(path, { headers });
    await answer.text();
    const tag = answer.headers.get("etag") ?? "";
    return { elapsed_ms: performance.now() - started, status: answer.status, tag };
  };
  const first = await open("/business");
  const measured: Measurement[] = [
    { name: "business page, first view of a process", runs_ms: [first.elapsed_ms] },
  ];
  for (const [name, path] of PATHS) {
    const whole = path.endsWith("=") ? path + encodeURIComponent(department) : path;
    measured.push({ name: `business page, ${name}`, runs_ms: await times(() => open(whole)) });
  }
  const again = { "if-none-match": first.tag };
  measured.push({
    name: "business page that the browser has (304)",
    runs_ms: await times(() => open("/business", again)),
  });
  const scan = "SELECT sum(units_sold * unit_price) FROM fact_sales_order";
  const floors = await times(async () => {
    const started = performance.now();
    await connection.query(scan);
    return { elapsed_ms: performance.now() - started };
  });
  return [{ floor: { name: "floor: one sum over all orders", runs_ms: floors }, measured }];
}

async function times(act: () => Promise<{ readonly elapsed_ms: number }>): Promise<number[]> {
  const runs: number[] = [];
  for (let i = 0; i < TIMES; i++) runs.push((await act()).elapsed_ms);
  return runs;
}

/**
 * A real pipeline, run by the code of the crons under the roles of a deployment, and its dashboard.
 *
 * @module
 */
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { BrowserContextOptions } from "playwright-core";
import { makeRole, newPassword } from "../../../../deploy/roles.ts";
import { date, DAY_MS } from "../../../../dev/simulator/clock.ts";
import { STAFF } from "../../../../dev/simulator/dimensions.ts";
import { fillFromSimulator } from "../../../../dev/simulator/fill.ts";
import { writeTargets } from "../../../../dev/simulator/targets.ts";
import { JobRunner } from "../../../../functions/crons/job_runner.ts";
import { createDashboard } from "../../../../functions/dashboard/app.tsx";
import type { Dashboard } from "../../../../functions/dashboard/dashboard.ts";
import { openWarehouse } from "../../../../functions/dashboard/data/warehouse.ts";
import { type Job, readCronSettings } from "../../../../functions/settings/crons.ts";
import { totesys } from "../../../../schemas/model.ts";
import type { PipelineOptions } from "../../../../sdk/options.ts";
import { identifier } from "../../../../sdk/postgres/sql.ts";
import { testLake } from "../../../support/lake.ts";
import { type TestDatabase, testDatabase } from "../../../support/postgres.ts";
import { startRatesServer } from "../../../support/rates_server.ts";
import { etl } from "../../cli/cli.ts";
import { accessOf, captureLog, logIn } from "../fake_dashboard.ts";
import { serveApp } from "./browser.ts";

/** Settings that differ from the pipeline's own. */
export type Changes = Readonly<Record<string, string>>;

/** A pipeline with its databases. */
export interface LivePipeline extends AsyncDisposable {
  /** The source. It has no tables before {@linkcode fill}. */
  readonly source: TestDatabase;
  /** The warehouse, as superuser. */
  readonly warehouse: TestDatabase;
  /** The options of its runs. */
  readonly options: PipelineOptions;
  /** Fills the source with a company that has traded until now, for two years at most. */
  fill(rows: number): Promise<void>;
  /** Runs a cron's job as the platform does. A failure is recorded, and not thrown. */
  run(job: Job, changes?: Changes): Promise<void>;
  /** Runs a command of the CLI. @throws {Error} when it fails. */
  etl(...args: string[]): Promise<void>;
  /** Serves the dashboard. */
  serve(more?: Partial<Dashboard>): Promise<ServedDashboard>;
}

/** A dashboard that is served. */
export interface ServedDashboard extends AsyncDisposable {
  /** Its address, without a slash at the end. */
  readonly url: string;
  /** The browser of someone who has logged in. */
  readonly context: BrowserContextOptions;
}

/** Nothing listens there. */
export const UNREACHABLE = "postgres://nobody@127.0.0.1:1/gone";

const SEED = 42;
const DAYS = 730;
/** The simulator's company places an order so often, until it has so many that two years are full. */
const ORDER_MS = 1.4 * 3 * 3_600_000;
/** The months that have sales targets. */
const MONTHS = 13;

/** Opens a pipeline whose source and warehouse are empty. */
export async function openPipeline(): Promise<LivePipeline> {
  await using stack = new AsyncDisposableStack();
  const source = await testDatabase("totesys");
  stack.defer(() => source.drop());
  const warehouse = await testDatabase("warehouse");
  const roles = await makeRoles(warehouse);
  stack.defer(async () => {
    await warehouse.drop();
    await source.sql.unsafe(`DROP ROLE ${roles.map(identifier).join(", ")}`);
  });
  const lake = stack.use(await testLake());
  const rates = stack.use(startRatesServer());
  const mails = stack.use(startMailServer());
  const files = join(fileURLToPath(lake.ingestion.url), "../files");
  const [loader, dashboard] = roles.map((username) =>
    Object.assign(new URL(warehouse.url), { username }).href
  );
  const environment: Changes = {
    SOURCE_URL: source.url,
    WAREHOUSE_URL: loader,
    INGESTION_URL: lake.ingestion.url,
    PROCESSED_URL: lake.processed.url,
    RATES_URL: rates.RATES_URL,
    FILES_URL: pathToFileURL(files).href,
    ALERT_FROM: "etl@example.com",
    ALERT_TO: "ops@example.com",
    AWS_ENDPOINT_URL_SES: mails.url,
    // The process of a test holds more than a pipeline.
    MEMORY_BUDGET_MB: "8000",
  };
  const settingsWith = (changes: Changes) =>
    readCronSettings((name) => ({ ...environment, ...changes })[name]);
  const settings = settingsWith({});
  const { ingestion, processed } = lake;
  const options = { source: source.url, warehouse: loader, ingestion, processed };
  const owned = stack.move();
  return {
    source,
    warehouse,
    options,
    fill: async (rows) => {
      await fillFromSimulator(source.url, { rows, seed: SEED, from: Date.now() - spanOf(rows) });
      await dropTargets(files);
    },
    run: async (job, changes = {}) => {
      using _ = captureLog();
      await new JobRunner(settingsWith(changes)).run(job, new AbortController().signal)
        .catch(() => {});
    },
    etl: async (...args) => {
      const { code, stdout, stderr } = await etl(args, environment);
      if (code !== 0) throw new Error(stdout + stderr);
    },
    serve: (more = {}) => {
      const url = () => Promise.resolve(dashboard);
      return serveDashboard({
        name: "totesys",
        model: totesys,
        warehouse: openWarehouse({ get: url, renew: url }),
        ingestion,
        referenceCurrency: settings.reference_currency,
        freshness_ms: settings.freshness_ms,
        sources: new Map([...settings.sources].map(([name, { freshness_ms }]) => [
          name,
          freshness_ms,
        ])),
        quarantine_rows: settings.quarantine_rows,
        now: () => new Date(),
        ...more,
      });
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** Serves a dashboard, and logs in. */
export async function serveDashboard(dashboard: Dashboard): Promise<ServedDashboard> {
  const app = await createDashboard(dashboard, accessOf());
  const remoteAddr: Deno.NetAddr = { transport: "tcp", hostname: "127.0.0.1", port: 1 };
  const fetchApp = async (request: Request) => await app.fetch(request, { remoteAddr });
  const served = serveApp(fetchApp);
  const session = await logIn(
    async (path, how = {}) => await fetchApp(new Request(served.url + path, how)),
  );
  const [name, value] = session.split("=");
  return {
    url: served.url,
    context: { storageState: { cookies: [{ name, value, ...COOKIE }], origins: [] } },
    [Symbol.asyncDispose]: () => served[Symbol.asyncDispose](),
  };
}

const COOKIE = {
  domain: "127.0.0.1",
  path: "/",
  expires: -1,
  httpOnly: true,
  secure: false,
  sameSite: "Lax",
} as const;

/** Returns how long the simulator's company trades until it has so many orders, in milliseconds. */
function spanOf(rows: number): number {
  return Math.min(DAYS * DAY_MS, rows * ORDER_MS);
}

/** Creates the roles of a deployment in a warehouse. Returns the loader's and the dashboard's. */
async function makeRoles({ url }: TestDatabase): Promise<[loader: string, dashboard: string]> {
  const [id] = crypto.randomUUID().split("-");
  const [loader, dashboard] = [`loader_${id}`, `dashboard_${id}`];
  await makeRole(url, { file: "warehouse_loader", role: loader }, newPassword());
  await makeRole(url, { file: "warehouse_dashboard", role: dashboard, loader }, newPassword());
  return [loader, dashboard];
}

/** Writes the sales targets of the last months, as old files: a new one could still be growing. */
async function dropTargets(folder: string): Promise<void> {
  const staffIds = Array.from({ length: STAFF }, (_, place) => place + 1);
  const now = new Date();
  const anHourAgo = new Date(now.getTime() - 3_600_000);
  for (let back = 0; back < MONTHS; back++) {
    const month = date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - back, 1)).slice(0, 7);
    const file = await writeTargets(folder, month, staffIds);
    await Deno.utime(file, anHourAgo, anHourAgo);
  }
}

/** Takes every mail, as SES does. */
function startMailServer(): { readonly url: string } & AsyncDisposable {
  for (const [name, value] of Object.entries(AWS)) Deno.env.set(name, value);
  const server = serveApp(() =>
    new Response(
      `<SendEmailResponse xmlns="http://ses.amazonaws.com/doc/2010-12-01/"><SendEmailResult>` +
        `<MessageId>1</MessageId></SendEmailResult></SendEmailResponse>`,
      { headers: { "content-type": "text/xml" } },
    )
  );
  Deno.env.set("AWS_ENDPOINT_URL_SES", server.url);
  return server;
}

const AWS = {
  AWS_REGION: "eu-west-2",
  AWS_ACCESS_KEY_ID: "test",
  AWS_SECRET_ACCESS_KEY: "test",
  AWS_EC2_METADATA_DISABLED: "true",
};

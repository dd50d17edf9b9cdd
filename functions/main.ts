/**
 * The entry point on Deno Deploy: registers the crons at the top level, as the platform requires, and
 * serves the health endpoint and the dashboard.
 *
 * - `extract` moves every change to the warehouse.
 * - `load` loads what is in the lake, even while the source is down.
 * - `reconcile` compares every row of the source with the warehouse.
 * - `heartbeat` reports how fresh the warehouse is, even when the other crons are down.
 * - `rates` and `files` load the sources that are not the database. One that is off has no cron.
 *
 * @module
 */
import type { Handler } from "./dashboard/serve.ts";
import { StoppedError } from "../sdk/errors.ts";
import { keepConnections } from "../sdk/postgres/kept_connections.ts";
import { JobRunner } from "./crons/job_runner.ts";
import { healthHandler } from "./crons/health.ts";
import { log } from "./log.ts";
import { errorRecord } from "./format.ts";
import { type CronSettings, readCronSettings } from "./settings/crons.ts";

/** A host of other characters, such as `x/health?`, would change the path that a shared cache asked for. */
const HOST = /^[\w.:[\]-]*$/;
/** The platform kills an instance 5 s after SIGINT. */
const GRACE_MS = 4_000;

const settings = isProduction() ? readSettings() : null;
if (settings) {
  register(settings);
} else {
  log("info", "start", { outcome: "inactive", timeline: Deno.env.get("DENO_TIMELINE") });
}

const health = healthHandler(settings);
let opened: Promise<Handler | null> | undefined;

export default {
  fetch: async (request, info) => {
    const url = URL.parse(request.url);
    if (!url || !HOST.test(request.headers.get("host") ?? "")) {
      return new Response(null, { status: 400 });
    }
    const dashboard = url.pathname === "/health" ? null : await openDashboard();
    return await (dashboard ?? health)(request, info);
  },
} satisfies Deno.ServeDefaultExport;

/** Returns the dashboard; null when it is off. Its code is loaded for its first page, not for the crons. */
function openDashboard(): Promise<Handler | null> {
  if (!settings?.dashboard) return Promise.resolve(null);
  return opened ??= import("./dashboard/serve.ts").then(({ serveDashboard }) =>
    serveDashboard(settings)
  );
}

/** Deployments of branches and previews must not touch production's data. A laptop has no timeline. */
function isProduction(): boolean {
  return (Deno.env.get("DENO_TIMELINE") || "production") === "production";
}

function readSettings(): CronSettings {
  try {
    return readCronSettings((name) => Deno.env.get(name));
  } catch (error) {
    log("error", "start", errorRecord(error));
    throw error;
  }
}

function register(settings: CronSettings): void {
  const runner = new JobRunner(settings);
  const eviction = new AbortController();
  const running = new Set<Promise<void>>();
  keepConnections(); // for the life of the instance
  for (const [job, schedule] of settings.schedules) {
    // By default Deno retries a failed cron up to five times. The next tick is the retry.
    Deno.cron(job, schedule, { backoffSchedule: [] }, async () => {
      const work = runner.run(job, eviction.signal);
      running.add(work);
      // The platform prints what is thrown. The error itself is in the log.
      await work.catch(() => Promise.reject(`the job ${job} failed: see its line in the log`))
        .finally(() => running.delete(work));
    });
  }
  Deno.addSignalListener("SIGINT", async () => {
    if (eviction.signal.aborted) return;
    log("info", "eviction", { running: running.size });
    eviction.abort(
      new StoppedError("the platform is shutting the instance down", { stage: "run" }),
    );
    const grace = new Promise((resolve) => setTimeout(resolve, GRACE_MS));
    // A job that does not stop in time is killed, which loses nothing either.
    await Promise.race([Promise.allSettled(running), grace]);
    Deno.exit(0);
  });
}

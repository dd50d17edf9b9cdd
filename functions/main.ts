/**
 * What runs on Deno Deploy: crons, registered at the top level as the platform asks, and a health
 * endpoint.
 *
 * - `extract` moves everything that changed through to the warehouse.
 * - `load` finishes what is in the lake, so that a source that is down never keeps the warehouse behind.
 * - `reconcile` compares every row of the source with the warehouse.
 * - `heartbeat` says how fresh the warehouse is, also when the others cannot.
 *
 * @module
 */
import { StoppedError } from "../sdk/mod.ts";
import { JobRunner } from "./crons/job_runner.ts";
import { healthHandler } from "./crons/health.ts";
import { log } from "./crons/log.ts";
import { errorRecord } from "./format.ts";
import { JOBS, readServiceSettings, type ServiceSettings } from "./settings/crons.ts";

/** The platform kills an instance 5 s after it has asked it to end. */
const GRACE_MS = 4_000;

const settings = isProduction() ? readSettings() : null;
if (settings) {
  register(settings);
} else {
  log("info", "start", { outcome: "inactive", timeline: Deno.env.get("DENO_TIMELINE") });
}

export default { fetch: healthHandler(settings) };

/** A branch's or a preview's deployment must not touch production's data; a laptop has no timeline. */
function isProduction(): boolean {
  return (Deno.env.get("DENO_TIMELINE") || "production") === "production";
}

function readSettings(): ServiceSettings {
  try {
    return readServiceSettings((name) => Deno.env.get(name));
  } catch (error) {
    log("error", "start", errorRecord(error));
    throw error;
  }
}

function register(settings: ServiceSettings): void {
  const desk = new JobRunner(settings);
  const eviction = new AbortController();
  const running = new Set<Promise<void>>();
  for (const job of JOBS) {
    // Deno would run one that failed again, up to five times: the next tick does that.
    Deno.cron(job, settings.schedules[job], { backoffSchedule: [] }, async () => {
      const work = desk.run(job, eviction.signal);
      running.add(work);
      // The platform prints what is thrown: the log has the error, and this is all that is left to say.
      await work.catch(() => Promise.reject(`the job ${job} failed: its line in the log says how`))
        .finally(() => running.delete(work));
    });
  }
  Deno.addSignalListener("SIGINT", async () => {
    if (eviction.signal.aborted) return;
    log("info", "eviction", { running: running.size });
    eviction.abort(new StoppedError("the instance is taken away", { stage: "run" }));
    const grace = new Promise((resolve) => setTimeout(resolve, GRACE_MS));
    // Whatever does not end in time is cut off: that loses nothing either.
    await Promise.race([Promise.allSettled(running), grace]);
    Deno.exit(0);
  });
}

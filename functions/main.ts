/**
 * What runs on Deno Deploy: two crons, registered at the top level as the platform asks.
 *
 * `extract` moves everything that changed through to the warehouse. `load` only finishes what an
 * interrupted run left in the lake, so that a source that is down never keeps the warehouse behind.
 *
 * @module
 */
import { load, run, skipAlerts, transform } from "../sdk/mod.ts";
import { Configuration } from "./config.ts";
import { sumOfRows } from "./describe.ts";
import { errorRecord } from "./report.ts";

const configuration = new Configuration((name) => Deno.env.get(name));

Deno.cron("extract", "* * * * *", () =>
  job("extract", async () => {
    const result = await run({
      ...configuration.pipeline,
      onAlert: ({ severity, ...alert }) => {
        // What failed the run is logged when the job ends.
        if (alert.kind !== "run failed") log(severity, { job: "extract", alert });
      },
    });
    return {
      run: result.run,
      outcome: result.extract.outcome,
      commits: result.load.commits.length,
      rows: sumOfRows(result.load.commits),
      lag_ms: result.lag_ms,
      quarantined: result.load.quarantined,
      deleted: result.reconcile?.deleted,
    };
  }));

Deno.cron("load", "* * * * *", () =>
  job("load", async () => {
    const { zones, loading } = configuration;
    const transformed = await transform(zones);
    const { commits, sequence, skipped } = await load(loading);
    for (const alert of skipAlerts([...transformed.skipped, ...skipped])) {
      log(alert.severity, { job: "load", alert });
    }
    return { commits: commits.length, rows: sumOfRows(commits), sequence };
  }));

type Record = Readonly<globalThis.Record<string, unknown>>;

/** Runs a job and logs one JSON line about it. A failure is thrown on: the platform counts it. */
async function job(name: string, work: () => Promise<Record>): Promise<void> {
  const started = performance.now();
  const elapsed = () => ({ elapsed_ms: Math.round(performance.now() - started) });
  try {
    log("info", { job: name, ...await work(), ...elapsed() });
  } catch (error) {
    log("error", { job: name, ...errorRecord(error), ...elapsed() });
    throw error;
  }
}

function log(level: "info" | "warning" | "error", record: Record): void {
  console.log(JSON.stringify({ time: new Date().toISOString(), level, ...record }));
}

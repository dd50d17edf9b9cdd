import type { RunFacts } from "../../sdk/operate/run_facts.ts";
import type { CronSettings, Job } from "../settings/crons.ts";
import type { PipelineSettings } from "../settings/pipeline.ts";
import { log } from "../log.ts";

/** The jobs that load what the business page of the dashboard counts. */
const LOADING: readonly Job[] = ["extract", "load", "reconcile"];

/** Keeps the daily totals of the dashboard after jobs that have loaded something. */
export class TotalsKeeper {
  readonly #settings: Pick<CronSettings, "dashboard">;
  /** Whether this process knows that they are there. */
  #areThere = false;

  /** Creates a keeper. It does nothing while the dashboard is off. */
  constructor(settings: Pick<CronSettings, "dashboard">) {
    this.#settings = settings;
  }

  /** Adds what a job has changed. Creates and fills the totals if they are missing. */
  async keep(job: Job, { outcome }: RunFacts, { warehouse }: PipelineSettings): Promise<void> {
    if (!this.#settings.dashboard || !LOADING.includes(job)) return;
    if (this.#areThere && outcome !== "changed") return;
    const started = performance.now();
    const { maintainTotals } = await import("../dashboard/data/business/maintain_totals.ts");
    const done = await maintainTotals(warehouse);
    this.#areThere = done !== "postponed";
    if (done !== "filled") return;
    log("info", "daily totals", { job, done, elapsed_ms: Math.round(performance.now() - started) });
  }
}

/**
 * Runs one or more ticks and measures them from inside the process.
 *
 * @module
 */
import process from "node:process";
import { readPipeline } from "../functions/settings/pipeline.ts";
import { run } from "../sdk/mod.ts";

/** The cost of a tick. */
export interface Measurement {
  /** Milliseconds of the fastest tick. */
  readonly elapsed_ms: number;
  /** Peak resident memory of this process, in bytes. */
  readonly peak_rss: number;
}

if (import.meta.main) {
  const pipeline = readPipeline((name) => Deno.env.get(name));
  const times: number[] = [];
  for (let i = 0; i < Number(Deno.args[0]); i++) {
    times.push((await run(pipeline)).elapsed_ms);
  }
  const measurement: Measurement = {
    elapsed_ms: Math.min(...times),
    peak_rss: process.resourceUsage().maxRSS * 1024,
  };
  console.log(JSON.stringify(measurement));
}

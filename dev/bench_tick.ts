/**
 * One tick of the pipeline, or several, measured from inside its own process.
 *
 * @module
 */
import process from "node:process";
import { Configuration } from "../functions/settings/pipeline.ts";
import { run } from "../sdk/mod.ts";

/** What a tick took. */
export interface Measurement {
  /** Milliseconds of the fastest tick. */
  readonly elapsed_ms: number;
  /** The most memory this process ever had resident, in bytes. */
  readonly peak_rss: number;
}

if (import.meta.main) {
  const { pipeline } = new Configuration((name) => Deno.env.get(name));
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

/**
 * One tick of the pipeline, or several, measured from inside its own process.
 *
 * @module
 */
import { Configuration } from "../functions/config.ts";
import { run } from "../sdk/mod.ts";

/** What a tick took. */
export interface Measurement {
  /** Milliseconds of the fastest tick. */
  readonly elapsed_ms: number;
  /** The most memory this process ever had resident, in bytes. */
  readonly peak_rss: number;
}

/** Linux keeps the peak; elsewhere samples must do. */
async function peakRss(sampled: number): Promise<number> {
  if (Deno.build.os !== "linux") return sampled;
  const status = await Deno.readTextFile("/proc/self/status");
  return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]) * 1024;
}

if (import.meta.main) {
  const { pipeline } = new Configuration((name) => Deno.env.get(name));
  let sampled = 0;
  const onProgress = () => sampled = Math.max(sampled, Deno.memoryUsage().rss);
  const times: number[] = [];
  for (let i = 0; i < Number(Deno.args[0]); i++) {
    times.push((await run({ ...pipeline, onProgress })).elapsed_ms);
  }
  const measurement: Measurement = {
    elapsed_ms: Math.min(...times),
    peak_rss: await peakRss(sampled),
  };
  console.log(JSON.stringify(measurement));
}

/**
 * Works in a process of its own, so that only the pipeline is measured: `work.ts NAME [ARGUMENT]…`
 * prints the spans of time that it took, as JSON.
 *
 * @module
 */
import { readPipeline } from "../../functions/settings/pipeline.ts";
import {
  extract,
  keepConnections,
  load,
  reconcile,
  replay,
  run,
  transform,
} from "../../sdk/mod.ts";
import { Changes, orders, wide } from "./subject.ts";

/** A piece of work. */
export interface Span {
  /** When it started, in milliseconds since the epoch. */
  readonly started_at: number;
  /** How long it took. */
  readonly elapsed_ms: number;
}

type Pipeline = ReturnType<typeof readPipeline>;
type Work = (pipeline: Pipeline, args: readonly string[]) => Promise<Span[]>;

const WORK = {
  run: async (pipeline) => [await timed(() => run(pipeline))],
  extract: async (pipeline) => [await timed(() => extract(pipeline))],
  transform: async (pipeline) => [await timed(() => transform(pipeline))],
  load: async (pipeline) => [await timed(() => load(pipeline))],
  reconcile: async (pipeline) => [await timed(() => reconcile(pipeline))],
  ticks,
  replay: async (pipeline, [into]) => [await timed(() => replay({ ...pipeline, into }))],
  replayFromIngestion,
} satisfies Record<string, Work>;

/** The name of a work. */
export type WorkName = keyof typeof WORK;

/**
 * Runs ticks, each after `changes` changes, which DIRECT_SOURCE_URL makes without a distance. The first
 * one is not counted: it opens the connections that later ones use.
 */
async function ticks(pipeline: Pipeline, args: readonly string[]): Promise<Span[]> {
  const [times, changes, rows, block, isWide] = args.map(Number);
  const source = Deno.env.get("DIRECT_SOURCE_URL")!;
  const upcoming = new Changes(isWide ? wide : orders, rows, block);
  const spans: Span[] = [];
  await using _kept = keepConnections();
  for (let tick = 0; tick <= times; tick++) {
    if (changes > 0) await upcoming.make(source, changes);
    const span = await timed(() => run(pipeline));
    if (tick > 0) spans.push(span);
  }
  return spans;
}

/** Returns a span for each stage of a replay that transforms everything again. */
async function replayFromIngestion(pipeline: Pipeline, [into]: readonly string[]): Promise<Span[]> {
  let loading = 0;
  const { started_at, elapsed_ms } = await timed(() =>
    replay({
      ...pipeline,
      into,
      fromIngestion: true,
      onProgress: ({ stage }) => {
        if (stage === "transform") loading = now();
      },
    })
  );
  const transform_ms = loading - started_at;
  return [
    { started_at, elapsed_ms: transform_ms },
    { started_at: loading, elapsed_ms: elapsed_ms - transform_ms },
  ];
}

async function timed(work: () => Promise<unknown>): Promise<Span> {
  const started_at = now();
  await work();
  return { started_at, elapsed_ms: now() - started_at };
}

function now(): number {
  return performance.timeOrigin + performance.now();
}

if (import.meta.main) {
  const [name, ...args] = Deno.args;
  const work: Work = WORK[name as WorkName];
  const spans = await work(readPipeline((name) => Deno.env.get(name)), args);
  console.log(JSON.stringify(spans));
}

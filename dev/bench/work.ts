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
import { connect } from "../../sdk/postgres/connection.ts";
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
  reconcileKeys: async (pipeline) => [
    await timed(() => reconcile({ ...pipeline, scope: "keys" })),
  ],
  ticks,
  replay: async (pipeline, [into]) => [await timed(() => replay({ ...pipeline, into }))],
  replayFromIngestion,
} satisfies Record<string, Work>;

/** The name of a work. */
export type WorkName = keyof typeof WORK;

/** What happens before each tick. */
export interface TickOptions {
  /** Ticks to measure. */
  readonly times: number;
  /** Rows of the source that change. */
  readonly changes: number;
  /** Rows of the source that are deleted. */
  readonly deletes: number;
  /** Whether a transaction commits that has nothing to do with the source's tables. */
  readonly elsewhere: boolean;
  /** Rows of the subject. */
  readonly rows: number;
  /** Blocks of changes that were made before. */
  readonly block: number;
  /** Whether the subject has wide rows. */
  readonly wide: boolean;
}

/**
 * Runs ticks. DIRECT_SOURCE_URL makes the changes before them without a distance. The first tick is not
 * counted: it opens the connections that later ones use.
 */
async function ticks(pipeline: Pipeline, [json]: readonly string[]): Promise<Span[]> {
  const options: TickOptions = JSON.parse(json);
  const url = Deno.env.get("DIRECT_SOURCE_URL")!;
  const upcoming = new Changes(options.wide ? wide : orders, options.rows, options.block);
  const spans: Span[] = [];
  await using _kept = keepConnections();
  for (let tick = 0; tick <= options.times; tick++) {
    if (options.changes > 0) await upcoming.make(url, options.changes);
    if (options.deletes > 0) await upcoming.deleteLast(url, options.deletes);
    if (options.elsewhere) await commitElsewhere(url);
    const span = await timed(() => run(pipeline));
    if (tick > 0) spans.push(span);
  }
  return spans;
}

/** Takes a transaction id, as any write to any database of the server does. */
async function commitElsewhere(url: string): Promise<void> {
  await using source = connect(url);
  await source.query("SELECT pg_current_xact_id()");
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

/**
 * A process of the pipeline in a storm: runs ticks until its standard input closes, and reports
 * each as a line of JSON. Only an EtlError must ever come out of a tick.
 *
 * @module
 */
import {
  EtlError,
  load,
  type LoadResult,
  openStore,
  reconcile,
  run,
  transform,
} from "../../sdk/mod.ts";
import { untilStopped } from "./child.ts";
import { type FaultCounts, Faults, pause, stream } from "./faults.ts";
import { faultyPostgres } from "./faulty_postgres.ts";
import { faultyStore } from "./faulty_store.ts";
import { STORM } from "./plan.ts";

/** The outcome of one tick. */
export interface TickReport {
  /** Rows loaded. */
  readonly rows: number;
  /** The name of the error, if it failed. */
  readonly error?: string;
  /** A description of what must never happen. */
  readonly finding?: string;
  /** Faults since the last report. */
  readonly faults: FaultCounts;
}

/** Percentage of ticks that run only one part. */
const PARTIAL_PERCENT = 15;
const PARTS = ["load", "transform", "reconcile"] as const;
const RECONCILE_EVERY_MS = 3000;
/** A first load takes many parts, and most of them are struck. */
const CHUNK_ROWS = 250;
/** What an operator does after a failure. */
const REST_MS = 250;
/** A tick's connections close when it ends, or a moment later. */
const CLOSING_MS = 2000;

type Outcome = Omit<TickReport, "faults">;

async function work(seeds: readonly number[]): Promise<void> {
  const faults = new Faults(STORM, ...seeds);
  const random = stream("actions", ...seeds);
  const setting = (name: string) => Deno.env.get(name)!;
  await using source = faultyPostgres(setting("SOURCE_URL"), "source", faults);
  await using warehouse = faultyPostgres(setting("WAREHOUSE_URL"), "warehouse", faults);
  const pipeline = {
    source: source.url,
    warehouse: warehouse.url,
    ingestion: faultyStore(openStore(setting("INGESTION_URL")), faults),
    processed: faultyStore(openStore(setting("PROCESSED_URL")), faults),
    reconcileEveryMs: RECONCILE_EVERY_MS,
    chunkRows: CHUNK_ROWS,
  };
  const actions = {
    run: async () => rowsOf((await run(pipeline)).load),
    load: async () => rowsOf(await load(pipeline)),
    transform: async () => void await transform(pipeline),
    reconcile: async () => void await reconcile(pipeline),
  };
  let stopping = false;
  untilStopped().then(() => stopping = true);
  while (!stopping) {
    const action = random.chance(PARTIAL_PERCENT) ? random.pick(PARTS) : "run";
    const outcome = await outcomeOf(actions[action]);
    const leak = await leaked(() => source.open + warehouse.open);
    report({ ...outcome, ...leak, faults: faults.take() });
    if (outcome.error) await pause(REST_MS);
  }
}

async function outcomeOf(action: () => Promise<number | void>): Promise<Outcome> {
  try {
    return { rows: await action() ?? 0 };
  } catch (error) {
    const { name, stack } = error as Error;
    const finding = error instanceof EtlError ? undefined : `not an EtlError: ${stack ?? error}`;
    return { rows: 0, error: name, finding };
  }
}

async function leaked(open: () => number): Promise<Pick<Outcome, "finding"> | undefined> {
  const deadline = Date.now() + CLOSING_MS;
  while (open() > 0) {
    if (Date.now() > deadline) return { finding: `${open()} connections stayed open after a tick` };
    await pause(1);
  }
}

function rowsOf({ commits }: LoadResult): number {
  return commits.flatMap(({ tables }) => Object.values(tables))
    .reduce((sum, { rows }) => sum + rows, 0);
}

function report(report: TickReport): void {
  const line = new TextEncoder().encode(JSON.stringify(report) + "\n");
  for (let written = 0; written < line.length;) {
    written += Deno.stdout.writeSync(line.subarray(written));
  }
}

if (import.meta.main) await work(Deno.args.map(Number));

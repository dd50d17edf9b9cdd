/**
 * A storm: two processes of the pipeline with faults in every step, a source that keeps changing,
 * and `kill -9` for all of them.
 *
 * @module
 */
import { EtlError } from "../../sdk/errors.ts";
import type { Random } from "../../dev/simulator/random.ts";
import type { Sandbox } from "../../dev/sandbox.ts";
import { Child, type End } from "./child.ts";
import { addCounts, type FaultCounts, pause, stream, total } from "./faults.ts";
import type { TickReport } from "./worker.ts";

/** The length and seed of a storm. */
export interface StormOptions {
  /** The same seed gives the n-th occurrence of a step in a process the same fault. */
  readonly seed: number;
  /** The storm ends after this many faults. */
  readonly faults: number;
  /** Receives progress. */
  readonly onProgress?: (storm: StormFigures) => void;
}

/** The figures of a storm. */
export interface StormFigures {
  /** Ticks that ended, failed ones included. */
  readonly ticks: number;
  /** Ticks that succeeded. */
  readonly succeeded: number;
  /** Rows loaded. */
  readonly rows: number;
  /** Faults that happened, by step and kind. */
  readonly faults: Readonly<FaultCounts>;
  /** Errors of failed ticks, by name. */
  readonly errors: Readonly<Record<string, number>>;
  /** What must never happen: an error of another class, a process that hangs or ends by itself. */
  readonly findings: readonly string[];
  /** Duration in milliseconds. */
  readonly elapsed_ms: number;
}

const WORKERS = 2;
const STEP_MS = 50;
const PROGRESS_MS = 3000;
/** A process that is silent for this long hangs. */
const HANG_MS = 60_000;
/** Approximate number of faults between kills. A short storm still has one of each. */
const BETWEEN_WORKER_KILLS = 60;
const BETWEEN_POSTGRES_KILLS = 250;
/** Reports arrive at the end of a tick; a kill can come at any moment of the next one. */
const MOMENT_MS = 500;
const DOWN_MS = 300;

const NET = "--allow-net=127.0.0.1";
const PERMISSIONS = {
  worker: ["--allow-read", "--allow-write", "--allow-env", "--allow-sys", NET],
  writer: ["--allow-read", "--allow-env", "--allow-sys", NET],
};

/**
 * Runs a storm over a sandbox whose source is filled. It ends what it starts; `stack` ends the rest
 * after an interruption.
 */
export async function runStorm(
  sandbox: Sandbox,
  options: StormOptions,
  stack: AsyncDisposableStack,
): Promise<StormFigures> {
  return await stack.use(new Storm(sandbox, options)).run();
}

/** A process of the pipeline, restarted after each kill. */
interface Worker {
  generation: number;
  child: Child;
  lastReportAt: number;
}

class Storm implements AsyncDisposable {
  readonly #sandbox: Sandbox;
  readonly #options: StormOptions;
  readonly #random: Random;
  readonly #started = performance.now();
  readonly #faults: FaultCounts = {};
  readonly #errors: Record<string, number> = {};
  readonly #findings: string[] = [];
  readonly #workers: Worker[] = [];
  #writer: Child | undefined;
  #writerGeneration = 0;
  /** From here on every process can end. */
  #isOver = false;
  #isInterrupted = false;
  #running: Promise<void> | undefined;
  #ticks = 0;
  #succeeded = 0;
  #rows = 0;

  constructor(sandbox: Sandbox, options: StormOptions) {
    this.#sandbox = sandbox;
    this.#options = options;
    this.#random = stream("kills", options.seed);
  }

  async run(): Promise<StormFigures> {
    this.#running = this.#run();
    await this.#running;
    if (this.#isInterrupted) throw new EtlError("the storm was interrupted", { stage: "torture" });
    return this.#figures();
  }

  async #run(): Promise<void> {
    const { faults } = this.#options;
    this.#startWriter();
    for (let place = 0; place < WORKERS; place++) {
      this.#workers.push({
        generation: 1,
        child: this.#worker(place, 1),
        lastReportAt: performance.now(),
      });
    }
    const workerKills = new Interval(this.#random, Math.min(BETWEEN_WORKER_KILLS, faults / 4));
    const postgresKills = new Interval(this.#random, Math.min(BETWEEN_POSTGRES_KILLS, faults / 3));
    let reportedAt = performance.now();
    while (total(this.#faults) < faults && this.#findings.length === 0 && !this.#isOver) {
      await pause(STEP_MS);
      if (workerKills.isDue(total(this.#faults))) await this.#killWorker();
      if (postgresKills.isDue(total(this.#faults))) await this.#killPostgres();
      this.#checkForHangs();
      if (performance.now() - reportedAt < PROGRESS_MS) continue;
      reportedAt = performance.now();
      this.#options.onProgress?.(this.#figures());
    }
    await this.#end();
  }

  #figures(): StormFigures {
    return {
      ticks: this.#ticks,
      succeeded: this.#succeeded,
      rows: this.#rows,
      faults: this.#faults,
      errors: this.#errors,
      findings: this.#findings,
      elapsed_ms: performance.now() - this.#started,
    };
  }

  #worker(place: number, generation: number): Child {
    const child = new Child({
      module: "worker.ts",
      seeds: [this.#options.seed, place, generation],
      permissions: PERMISSIONS.worker,
      environment: this.#sandbox.environment,
      onLine: (line) => this.#record(place, JSON.parse(line)),
    });
    child.end.then((end) => {
      if (this.#isOver || this.#workers[place].child !== child) return;
      this.#findings.push(`process ${place} ended by itself: ${describe(end)}`);
    });
    return child;
  }

  #record(place: number, { rows, error, finding, faults }: TickReport): void {
    this.#workers[place].lastReportAt = performance.now();
    this.#ticks++;
    this.#rows += rows;
    addCounts(this.#faults, faults);
    if (error) addCounts(this.#errors, { [error]: 1 });
    else this.#succeeded++;
    if (finding) this.#findings.push(finding);
  }

  #checkForHangs(): void {
    this.#workers.forEach(({ lastReportAt: lastReportAt }, place) => {
      if (performance.now() - lastReportAt < HANG_MS) return;
      this.#findings.push(`process ${place} has hung for ${HANG_MS / 1000} s`);
    });
  }

  async #killWorker(): Promise<void> {
    const place = this.#random.int(0, WORKERS - 1);
    await pause(this.#random.int(0, MOMENT_MS));
    const killed = this.#workers[place];
    const generation = killed.generation + 1;
    // The slot is taken first, so that the previous process's end is expected.
    const end = killed.child.kill();
    this.#workers[place] = {
      generation: generation,
      child: this.#worker(place, generation),
      lastReportAt: performance.now(),
    };
    await end;
    addCounts(this.#faults, { "process: kill -9": 1 });
  }

  async #killPostgres(): Promise<void> {
    await pause(this.#random.int(0, MOMENT_MS));
    const writer = this.#writer;
    // First, because it dies with Postgres.
    this.#writer = undefined;
    await this.#sandbox.postgres.killHard();
    addCounts(this.#faults, { "Postgres: kill -9": 1 });
    await writer?.kill();
    await pause(this.#random.int(0, DOWN_MS));
    await this.#sandbox.restartPostgres();
    this.#startWriter();
  }

  #startWriter(): void {
    const writer = new Child({
      module: "writer.ts",
      seeds: [this.#options.seed, ++this.#writerGeneration],
      permissions: PERMISSIONS.writer,
      environment: this.#sandbox.environment,
    });
    this.#writer = writer;
    writer.end.then((end) => {
      if (!this.#isOver && this.#writer === writer) {
        this.#findings.push(`the writer ended: ${describe(end)}`);
      }
    });
  }

  /** Lets every process finish its work. */
  async #end(): Promise<void> {
    this.#isOver = true;
    await Promise.all(
      this.#children().map(async (child) => {
        const end = await child.stop(HANG_MS);
        if (end.code !== 0) this.#findings.push(`a process did not stop: ${describe(end)}`);
      }),
    );
  }

  #children(): Child[] {
    const workers = this.#workers.map(({ child }) => child);
    return this.#writer ? [...workers, this.#writer] : workers;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isOver = this.#isInterrupted = true;
    const killAll = () => Promise.all(this.#children().map((child) => child.kill()));
    await killAll();
    // An interrupted storm can be starting a process right now.
    await this.#running?.catch(() => {});
    await killAll();
  }
}

function describe({ code, stderr }: End): string {
  return `exit code ${code}: ${stderr}`;
}

/** Tells when the next kill is due: after about this many faults, repeatedly. */
class Interval {
  readonly #random: Random;
  readonly #faults: number;
  #next: number;

  constructor(random: Random, faults: number) {
    this.#random = random;
    this.#faults = faults;
    this.#next = this.#after(0);
  }

  isDue(faults: number): boolean {
    if (faults < this.#next) return false;
    this.#next = this.#after(faults);
    return true;
  }

  #after(faults: number): number {
    const half = Math.floor(this.#faults / 2);
    return faults + this.#random.int(half, half * 3);
  }
}

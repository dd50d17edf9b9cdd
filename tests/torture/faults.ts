/**
 * Draws faults from a seed and counts them when they happen.
 *
 * @module
 */
import { Random } from "../../dev/simulator/random.ts";

/** How often each kind of fault hits a step, per thousand occurrences. */
export type Risks = Readonly<Record<string, number>>;
/** The risks of every step. */
export type Plan = Readonly<Record<string, Risks>>;
/** Number of faults that happened, by step and kind. */
export type FaultCounts = Record<string, number>;

/** A fault that is planned for a step. */
export interface Fault {
  /** The kind of fault. */
  readonly kind: string;
  /** From 0 to 1: how far the step gets before the fault, or how long the fault takes. */
  readonly extent: number;
  /** Counts it. Call it when the fault happens, not when there was nothing to fail. */
  readonly record: () => void;
}

const THOUSAND = 1000;

/**
 * The faults of one process. Each step has its own generator, so that the same seed gives the n-th
 * occurrence of a step the same fault, whatever other steps run in between.
 */
export class Faults {
  readonly #plan: Plan;
  readonly #seeds: readonly number[];
  readonly #randoms = new Map<string, Random>();
  #counts: FaultCounts = {};

  /**
   * Faults by a plan. The generators start from all seeds: the run's, the process's and its life's.
   */
  constructor(plan: Plan, ...seeds: readonly number[]) {
    this.#plan = plan;
    this.#seeds = seeds;
  }

  /** Draws the fault of a step's next occurrence; usually none. */
  next(step: string, plannedAs = step): Fault | undefined {
    const random = this.#randomOf(step);
    const drawn = random.int(0, THOUSAND * THOUSAND - 1) / THOUSAND;
    const extent = random.int(0, THOUSAND) / THOUSAND;
    let threshold = 0;
    for (const [kind, risk] of Object.entries(this.#plan[plannedAs] ?? {})) {
      threshold += risk;
      if (drawn < threshold) return { kind, extent, record: () => this.#count(step, kind) };
    }
  }

  /** Returns the faults that happened since the last call. */
  take(): FaultCounts {
    const counts = this.#counts;
    this.#counts = {};
    return counts;
  }

  #count(step: string, kind: string): void {
    const name = `${step}: ${kind}`;
    this.#counts[name] = (this.#counts[name] ?? 0) + 1;
  }

  #randomOf(step: string): Random {
    let random = this.#randoms.get(step);
    if (!random) this.#randoms.set(step, random = stream(step, ...this.#seeds));
    return random;
  }
}

/** Returns the generator for a name and seeds. */
export function stream(name: string, ...seeds: readonly number[]): Random {
  let hash = 0x811c9dc5;
  for (const number of [...seeds, ...new TextEncoder().encode(name)]) {
    hash = Math.imul(hash ^ number, 0x01000193);
    hash ^= hash >>> 15;
  }
  return new Random(hash);
}

/** Adds up counts. */
export function addCounts(to: FaultCounts, counts: Readonly<FaultCounts>): void {
  for (const [name, count] of Object.entries(counts)) to[name] = (to[name] ?? 0) + count;
}

/** Returns the sum of all counts. */
export function total(counts: Readonly<FaultCounts>): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

/** Waits. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

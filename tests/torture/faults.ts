/**
 * What goes wrong, and when: decided by a seed, counted as it strikes.
 *
 * @module
 */
import { Random } from "../../dev/simulator/random.ts";

/** How often an I/O step meets each kind of fault, in thousandths of its occurrences. */
export type Risks = Readonly<Record<string, number>>;
/** The risks of every step. */
export type Plan = Readonly<Record<string, Risks>>;
/** How often each fault struck, by step and kind. */
export type FaultCounts = Record<string, number>;

/** A fault that a step is to meet. */
export interface Fault {
  /** What kind it is. */
  readonly kind: string;
  /** From 0 to 1: how far things get before it strikes, or how long it takes. */
  readonly extent: number;
  /** Counts it. To be called when it strikes, and not when there is nothing it could strike. */
  readonly strike: () => void;
}

const THOUSAND = 1000;

/**
 * The faults of one process. Every step has a generator of its own, so that the same seed lets the
 * n-th occurrence of a step meet the same fate, whatever other steps come between.
 */
export class Faults {
  readonly #plan: Plan;
  readonly #seeds: readonly number[];
  readonly #randoms = new Map<string, Random>();
  #counts: FaultCounts = {};

  /** Faults by a plan. The seeds together begin the generators: the run's, the process's, its life's. */
  constructor(plan: Plan, ...seeds: readonly number[]) {
    this.#plan = plan;
    this.#seeds = seeds;
  }

  /** Decides the fate of a step's next occurrence; mostly there is none. */
  next(step: string, plannedAs = step): Fault | undefined {
    const random = this.#randomOf(step);
    const drawn = random.int(0, THOUSAND * THOUSAND - 1) / THOUSAND;
    const extent = random.int(0, THOUSAND) / THOUSAND;
    let threshold = 0;
    for (const [kind, risk] of Object.entries(this.#plan[plannedAs] ?? {})) {
      threshold += risk;
      if (drawn < threshold) return { kind, extent, strike: () => this.#count(step, kind) };
    }
  }

  /** What struck since the last call. */
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

/** The generator of a name and some seeds. */
export function stream(name: string, ...seeds: readonly number[]): Random {
  let hash = 0x811c9dc5;
  for (const number of [...seeds, ...new TextEncoder().encode(name)]) {
    hash = Math.imul(hash ^ number, 0x01000193);
    hash ^= hash >>> 15;
  }
  return new Random(hash);
}

/** Adds counts to counts. */
export function addCounts(to: FaultCounts, counts: Readonly<FaultCounts>): void {
  for (const [name, count] of Object.entries(counts)) to[name] = (to[name] ?? 0) + count;
}

/** All of them together. */
export function total(counts: Readonly<FaultCounts>): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

/** Waits. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

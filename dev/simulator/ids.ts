import type { Random } from "./random.ts";

const GAP_PERCENT = 1;

/** Keys like those of a sequence: rising, with a gap where a transaction was rolled back. */
export class Ids {
  #last = 0;
  readonly #random: Random;

  /** Starts before 1. */
  constructor(random: Random) {
    this.#random = random;
  }

  /** Returns the next key. */
  next(): number {
    this.#last += this.#random.chance(GAP_PERCENT) ? this.#random.int(2, 4) : 1;
    return this.#last;
  }
}

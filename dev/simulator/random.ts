import { faker } from "@faker-js/faker/locale/en";

const CODE_CHARACTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

/** Random numbers that are the same for the same seed on every machine. */
export class Random {
  #state: number;

  /** Starts the sequence of this seed. */
  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** Returns a whole number from `least` to `most`, inclusive. */
  int(least: number, most: number): number {
    return least + Math.floor(this.#fraction() * (most - least + 1));
  }

  /** Returns true with this probability. */
  chance(percent: number): boolean {
    return this.#fraction() * 100 < percent;
  }

  /** Returns one of the items. */
  pick<T>(items: readonly T[]): T {
    return items[this.int(0, items.length - 1)];
  }

  /** Returns upper-case letters and digits. */
  code(length: number): string {
    let code = "";
    while (code.length < length) code += CODE_CHARACTERS[this.int(0, CODE_CHARACTERS.length - 1)];
    return code;
  }

  /** Returns faker, seeded from here. It is shared: use it before the next `await`. */
  faker(): typeof faker {
    faker.seed(this.int(0, 0xffffffff));
    return faker;
  }

  /**
   * Returns the next number in [0, 1) by mulberry32: 32 bits of state are plenty for simulated
   * orders, and the generator of faker is 20 times slower.
   */
  #fraction(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 0x1_0000_0000;
  }
}

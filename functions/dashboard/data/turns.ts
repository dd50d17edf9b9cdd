import { WarehouseError } from "../../../sdk/errors.ts";

/** Lets a number of queries run at a time. */
export class Turns {
  #free: number;
  readonly #limit_ms: number;
  readonly #waiting: (() => void)[] = [];

  /** Lets `free` queries run at a time. The others wait for `limit_ms`. */
  constructor(free: number, limit_ms: number) {
    this.#free = free;
    this.#limit_ms = limit_ms;
  }

  /** Waits for a turn. @throws {WarehouseError} */
  async take(): Promise<void> {
    if (this.takeIfFree()) return;
    const turn = Promise.withResolvers<void>();
    this.#waiting.push(turn.resolve);
    const timer = setTimeout(() => {
      const place = this.#waiting.indexOf(turn.resolve);
      if (place === -1) return;
      this.#waiting.splice(place, 1);
      const context = { stage: "dashboard", retryable: true };
      turn.reject(new WarehouseError("too many queries wait for the warehouse", context));
    }, this.#limit_ms);
    await turn.promise.finally(() => clearTimeout(timer));
  }

  /** Takes a turn if nothing runs in it. */
  takeIfFree(): boolean {
    if (this.#free === 0) return false;
    this.#free--;
    return true;
  }

  /** Ends a turn. */
  giveBack(): void {
    const next = this.#waiting.shift();
    if (next) next();
    else this.#free++;
  }
}

/**
 * How often a password can be guessed.
 *
 * @module
 */
const WINDOW_MS = 10 * 60_000;
const MAX_PER_CLIENT = 10;
const MAX_OVERALL = 200;

/** Counts refused passwords, for each client and overall, over ten minutes. */
export class Failures {
  /** The oldest first. Never more than {@linkcode MAX_OVERALL}: then no more passwords are checked. */
  readonly #failures: { readonly client: string; readonly at: number }[] = [];

  /** Records a refused password. `now` is in milliseconds. */
  add(client: string, now: number): void {
    this.#failures.push({ client, at: now });
  }

  /** Returns the seconds until this client can try again; 0 for now. */
  wait(client: string, now: number): number {
    while (this.#failures.length > 0 && this.#failures[0].at <= now - WINDOW_MS) {
      this.#failures.shift();
    }
    const own = this.#failures.filter((failure) => failure.client === client);
    const blocking = own.length >= MAX_PER_CLIENT
      ? own[own.length - MAX_PER_CLIENT]
      : this.#failures.length >= MAX_OVERALL
      ? this.#failures[0]
      : undefined;
    return blocking ? Math.ceil((blocking.at + WINDOW_MS - now) / 1000) : 0;
  }
}

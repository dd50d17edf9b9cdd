/**
 * How often a password can be guessed.
 *
 * @module
 */
const WINDOW_MS = 10 * 60_000;
const MAX_PER_CLIENT = 10;
const MAX_OVERALL = 200;
const MAX_KNOWN = 100;

/** Counts refused passwords of each client, and of all, over ten minutes. */
export class Failures {
  /** The oldest first. From {@linkcode MAX_OVERALL} on, only passwords of known clients are checked. */
  readonly #failures: { readonly client: string; readonly at: number }[] = [];
  /** Clients that gave the right password: others must not lock them out. The oldest first. */
  readonly #known = new Set<string>();

  /** Records a refused password. `now` is in milliseconds. */
  addFailure(client: string, now: number): void {
    this.#failures.push({ client, at: now });
  }

  /** Records the right password. */
  addSuccess(client: string): void {
    this.#known.delete(client);
    this.#known.add(client);
    if (this.#known.size <= MAX_KNOWN) return;
    const [oldest] = this.#known;
    this.#known.delete(oldest);
  }

  /**
   * Returns the seconds until the passwords of this client are checked again; 0 for now. `isKnown`: it gave the
   * right password before.
   */
  waitOf(client: string, now: number, isKnown: boolean = this.#known.has(client)): number {
    while (this.#failures.length > 0 && this.#failures[0].at <= now - WINDOW_MS) {
      this.#failures.shift();
    }
    const own = this.#failures.filter((failure) => failure.client === client);
    const blocking = own.at(-MAX_PER_CLIENT) ??
      (isKnown ? undefined : this.#failures.at(-MAX_OVERALL));
    return blocking ? Math.ceil((blocking.at + WINDOW_MS - now) / 1000) : 0;
  }
}

/** Counts what a connection waits for. */
export class Activity {
  /** The number of pending statements. */
  pending = 0;
  readonly #onChange: (isPending: boolean) => void;
  #idle = Promise.withResolvers<void>();

  /** `onChange` is called when something begins to be pending, and when nothing is any more. */
  constructor(onChange: (isPending: boolean) => void) {
    this.#onChange = onChange;
  }

  /** Begins to wait, until the result is disposed. */
  begin(): Disposable {
    if (this.pending++ === 0) {
      this.#idle = Promise.withResolvers();
      this.#onChange(true);
    }
    return { [Symbol.dispose]: () => this.#end() };
  }

  #end(): void {
    if (--this.pending > 0) return;
    this.#onChange(false);
    this.#idle.resolve();
  }

  /** Waits until nothing is pending. Returns false if something still is after this time. */
  async settled(limit_ms: number): Promise<boolean> {
    if (this.pending === 0) return true;
    const { promise: late, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, limit_ms);
    await Promise.race([this.#idle.promise, late]);
    clearTimeout(timer);
    return this.pending === 0;
  }
}

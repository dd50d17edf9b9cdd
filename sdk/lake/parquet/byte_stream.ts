/** Takes ranges of bytes, in ascending order, from chunks that arrive one after another. */
export class ByteStream implements AsyncDisposable {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #chunk: Uint8Array = new Uint8Array();
  /** Where the rest of the chunk at hand starts. */
  #position = 0;
  #taken: Uint8Array = new Uint8Array();

  /** Nothing is read until the first bytes are taken. */
  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  /**
   * Returns the bytes from `start` up to `end`, and skips those before. The next call overwrites them.
   *
   * @throws {RangeError} when these bytes are before ones that were taken, or after the last.
   */
  async take(start: number, end: number): Promise<Uint8Array> {
    if (start < this.#position || end < start) {
      throw new RangeError(`bytes ${start} to ${end} come before byte ${this.#position}`);
    }
    while (this.#position < end) {
      if (this.#chunk.length === 0 && !await this.#next()) {
        throw new RangeError(`bytes ${start} to ${end} are beyond the end, ${this.#position}`);
      }
      if (this.#position < start) this.#drop(start - this.#position);
      else {
        const at = this.#position - start;
        if (this.#taken.length < end - start) this.#taken = new Uint8Array(end - start);
        this.#taken.set(this.#drop(end - this.#position), at);
      }
    }
    return this.#taken.subarray(0, end - start);
  }

  /** Reads to the end, so that what is checked there is checked. */
  async finish(): Promise<void> {
    while (await this.#next()) this.#drop(Infinity);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#chunks.return?.();
  }

  async #next(): Promise<boolean> {
    const { done, value } = await this.#chunks.next();
    this.#chunk = done ? new Uint8Array() : value;
    return !done;
  }

  /** Removes up to `length` bytes from the chunk at hand and returns them. */
  #drop(length: number): Uint8Array {
    const dropped = this.#chunk.subarray(0, length);
    this.#chunk = this.#chunk.subarray(dropped.length);
    this.#position += dropped.length;
    return dropped;
  }
}

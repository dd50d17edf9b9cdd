import type { Socket } from "node:net";

const CHUNK_BYTES = 2 ** 18;
/** Chunks that can wait for the reader. Reading continues while it works on another one. */
const MAX_WAITING = 2;

/** The rows of one COPY, in chunks of whole rows. The socket pauses when the reader is slower. */
export class CopiedRows {
  readonly #socket: Pick<Socket, "pause" | "resume">;
  readonly #waiting: Uint8Array<ArrayBuffer>[] = [];
  /** Memory to use again. Fresh memory for every chunk would pile up until it is collected. */
  readonly #spare: Uint8Array<ArrayBuffer>[] = [];
  #chunk = new Uint8Array(0);
  #used = 0;
  /** Bytes of the chunk that no row is going to take. */
  #free = 0;
  #isFinished = false;
  #failure: { readonly error: unknown } | undefined;
  #wake = () => {};

  /** Creates the rows that come from a socket. */
  constructor(socket: Pick<Socket, "pause" | "resume">) {
    this.#socket = socket;
  }

  /** Whether all rows have arrived. */
  get isFinished(): boolean {
    return this.#isFinished;
  }

  /** Reserves room for a row in the current chunk. Returns whether there is enough. */
  reserve(bytes: number): boolean {
    if (bytes > this.#free) return false;
    this.#free -= bytes;
    return true;
  }

  /** Hands the current chunk to the reader and starts one with room for a row. */
  startChunk(bytes: number): void {
    this.#handOver();
    const spare = bytes > CHUNK_BYTES ? undefined : this.#spare.pop();
    this.#chunk = spare ?? new Uint8Array(Math.max(CHUNK_BYTES, bytes));
    this.#free = this.#chunk.length - bytes;
    if (this.#waiting.length >= MAX_WAITING) this.#socket.pause();
  }

  /** Adds bytes of rows for which there is room. */
  add(bytes: Uint8Array): void {
    this.#chunk.set(bytes, this.#used);
    this.#used += bytes.length;
  }

  /** Hands over what is left. */
  finish(): void {
    this.#handOver();
    this.#isFinished = true;
    this.#wake();
  }

  /** Makes reading fail, after the chunks that wait. */
  fail(error: unknown): void {
    this.#failure ??= { error };
    this.#wake();
  }

  /**
   * Yields the chunks. A chunk is valid until the next one is requested.
   *
   * @throws the error that {@linkcode fail} was called with, unless the COPY had finished.
   */
  async *read(): AsyncGenerator<Uint8Array> {
    try {
      for (;;) {
        const chunk = this.#waiting.shift();
        if (chunk) {
          yield chunk;
          if (chunk.buffer.byteLength === CHUNK_BYTES) {
            this.#spare.push(new Uint8Array(chunk.buffer));
          }
        } else if (this.#isFinished) return;
        else if (this.#failure) throw this.#failure.error;
        else await this.#more();
      }
    } finally {
      // Otherwise the connection's next query would wait forever.
      if (this.#isFinished) this.#socket.resume();
    }
  }

  async #more(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wake = resolve;
    this.#socket.resume();
    await promise;
  }

  #handOver(): void {
    if (this.#used > 0) {
      this.#waiting.push(this.#chunk.subarray(0, this.#used));
      this.#wake();
    }
    this.#used = 0;
  }
}

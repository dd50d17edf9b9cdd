import { createHash } from "node:crypto";

/** Measures bytes that pass by. */
export class ByteMeter {
  readonly #hash = createHash("sha256");
  bytes = 0;

  add(chunk: Uint8Array): void {
    this.#hash.update(chunk);
    this.bytes += chunk.length;
  }

  /** Returns the hash. Can be called once. */
  sha256(): string {
    return this.#hash.digest("hex");
  }
}

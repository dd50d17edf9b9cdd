/** The size of a part of a multipart upload. Smaller objects are written in one request. */
export const PART_BYTES = 8 * 2 ** 20;
/** S3 accepts 10,000 parts. They grow, so that an object can exceed 600 GB. */
const GROWS_AFTER_PARTS = 1_000;
const GROWTH = 8;

/** Passes a body on and captures its error, so that it is not mistaken for an error of S3. */
export class FailureCapture implements AsyncIterable<Uint8Array> {
  readonly #body: AsyncIterable<Uint8Array>;
  failure: { readonly error: unknown } | undefined;

  constructor(body: AsyncIterable<Uint8Array>) {
    this.#body = body;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    try {
      yield* this.#body;
    } catch (error) {
      this.failure = { error };
      throw error;
    }
  }
}

/** Cuts a stream into parts of a size that S3 accepts. The last part can be smaller. Copies chunks. */
export async function* inParts(
  body: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, undefined, undefined> {
  let size = PART_BYTES;
  let part = new Uint8Array(size);
  let used = 0;
  let count = 0;
  for await (const chunk of body) {
    for (let at = 0; at < chunk.length;) {
      const taken = chunk.subarray(at, at + size - used);
      part.set(taken, used);
      used += taken.length;
      at += taken.length;
      if (used < size) continue;
      yield part;
      if (++count % GROWS_AFTER_PARTS === 0) size *= GROWTH;
      part = new Uint8Array(size);
      used = 0;
    }
  }
  if (used > 0 || count === 0) yield part.subarray(0, used);
}

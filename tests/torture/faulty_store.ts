/**
 * An object store that injects faults.
 *
 * @module
 */
import { LakeError } from "../../sdk/errors.ts";
import { LOG_PREFIX } from "../../sdk/lake/keys.ts";
import type { ByteRange, ObjectStore } from "../../sdk/lake/store.ts";
import { type Fault, type Faults, pause } from "./faults.ts";

type Body = AsyncIterable<Uint8Array> | Uint8Array;

/** The longest stall, in milliseconds. */
const STALL_MS = 25;
/** Milliseconds without a response before a time-out. */
const TIMEOUT_MS = 400;
/** The most keys that a listing yields before it is cut. */
const LISTED = 5;

/**
 * Wraps a store. Its steps are `put`, `get`, `get part` (of a range) and `list`; for keys of the
 * commit log they are `commit` and `read commit`.
 */
export function faultyStore(store: ObjectStore, faults: Faults): ObjectStore {
  return new FaultyStore(store, faults);
}

class FaultyStore implements ObjectStore {
  readonly url: string;
  readonly #store: ObjectStore;
  readonly #faults: Faults;

  constructor(store: ObjectStore, faults: Faults) {
    this.url = store.url;
    this.#store = store;
    this.#faults = faults;
  }

  async put(key: string, body: Body): Promise<boolean> {
    const fault = await this.#applyBefore(isCommit(key) ? "commit" : "put");
    if (fault?.kind === "cut mid-stream") return await this.#store.put(key, cutBody(body, fault));
    const put = await this.#store.put(key, body);
    if (fault?.kind === "lost acknowledgement") {
      fail(fault, `the answer to writing ${key} was lost`);
    }
    return put;
  }

  async *get(key: string, range?: ByteRange): AsyncIterable<Uint8Array> {
    const fault = await this.#applyBefore(
      isCommit(key) ? "read commit" : range ? "get part" : "get",
    );
    const chunks = this.#store.get(key, range);
    switch (fault?.kind) {
      case "cut mid-stream":
        yield* firstPart(chunks, fault);
        return fail(fault, `reading ${key} was cut`);
      case "ends early":
        yield* firstPart(chunks, fault);
        return fault.record();
      case "flipped byte":
        return yield* flipped(chunks, fault);
      default:
        yield* chunks;
    }
  }

  async *list(prefix: string, after?: string): AsyncIterable<string> {
    const fault = await this.#applyBefore("list");
    let left = fault?.kind === "cut midway" ? Math.floor(fault.extent * LISTED) : Infinity;
    for await (const key of this.#store.list(prefix, after)) {
      if (left-- <= 0) break;
      yield key;
    }
    if (fault?.kind === "cut midway") fail(fault, `listing ${prefix} was cut`);
  }

  /** Applies faults that precede the step, and returns the one for the step itself or after it. */
  async #applyBefore(step: string): Promise<Fault | undefined> {
    const fault = this.#faults.next(step);
    switch (fault?.kind) {
      case "stall":
        fault.record();
        await pause(fault.extent * STALL_MS);
        return undefined;
      case "fails":
        return fail(fault, `${step} failed`);
      case "time out":
        await pause(TIMEOUT_MS);
        return fail(fault, `${step} got no answer`);
      default:
        return fault;
    }
  }
}

function isCommit(key: string): boolean {
  return key.startsWith(LOG_PREFIX);
}

function fail(fault: Fault, message: string): never {
  fault.record();
  throw new LakeError(message, { stage: "lake", retryable: true });
}

/** Returns a body that fails before its last byte. */
async function* cutBody(body: Body, fault: Fault): AsyncGenerator<Uint8Array> {
  yield* firstPart(body instanceof Uint8Array ? single(body) : body, fault);
  fail(fault, "writing was cut");
}

/** Returns what precedes the cut: nothing, part of the first chunk, or all but its last byte. */
async function* firstPart(
  chunks: AsyncIterable<Uint8Array>,
  { extent }: Fault,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    const length = Math.min(chunk.length - 1, Math.floor(extent * chunk.length));
    if (length > 0) yield chunk.subarray(0, length);
    return;
  }
}

/** Returns the chunks with one bit of the first one inverted. */
async function* flipped(
  chunks: AsyncIterable<Uint8Array>,
  fault: Fault,
): AsyncGenerator<Uint8Array> {
  let isApplied = false;
  for await (const chunk of chunks) {
    if (isApplied || chunk.length === 0) {
      yield chunk;
      continue;
    }
    const damaged = chunk.slice();
    const place = Math.min(chunk.length - 1, Math.floor(fault.extent * chunk.length));
    damaged[place] ^= 1;
    isApplied = true;
    fault.record();
    yield damaged;
  }
}

async function* single<T>(item: T): AsyncGenerator<T> {
  yield item;
}

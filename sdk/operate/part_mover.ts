import {
  askWarehouse,
  load,
  loadAndCount,
  type LoadOptions,
  type LoadResult,
  type WarehouseAnswer,
} from "../load/load.ts";
import { transform, type TransformOptions, type TransformResult } from "../transform/transform.ts";

/**
 * Transforms and loads the parts of a first load while extraction reads the next ones. The stages do not
 * wait for one another: each follows the log of the one before.
 */
export class PartMover implements AsyncDisposable {
  readonly #options: TransformOptions & LoadOptions;
  /** What the warehouse answered before the first part. */
  readonly #answer: WarehouseAnswer;
  readonly #transformed: TransformResult[] = [];
  readonly #loaded: LoadResult[] = [];
  readonly #transform: Repeated;
  readonly #load: Repeated;

  /** Asks the warehouse what a load has to know, while the source is read. */
  constructor(options: TransformOptions & LoadOptions) {
    this.#options = options;
    this.#answer = askWarehouse(options);
    const { signal } = options;
    this.#load = new Repeated(async () => void this.#loaded.push(await load(options)), signal);
    const onPart = () => this.#load.ask();
    this.#transform = new Repeated(async () => {
      this.#transformed.push(await transform({ ...options, onPart }));
    }, signal);
  }

  /** Starts to move what has been extracted. */
  move(): void {
    this.#transform.ask();
  }

  /** Transforms the rest, and returns the results of all parts. Throws what `transform` throws. */
  async transformRest(): Promise<TransformResult> {
    await this.#transform.end();
    this.#transformed.push(await transform(this.#options));
    return {
      commits: this.#transformed.flatMap(({ commits }) => commits),
      skipped: this.#transformed.flatMap(({ skipped }) => skipped),
    };
  }

  /** Loads the rest, and returns the results of all parts. Throws what `load` throws. */
  async loadRest(): ReturnType<typeof loadAndCount> {
    await this.#load.end();
    const ahead = this.#loaded.length === 0 ? this.#answer : undefined;
    const { result, counts } = await loadAndCount(this.#options, ahead);
    const results = [...this.#loaded, result];
    return {
      result: {
        ...result,
        commits: results.flatMap(({ commits }) => commits),
        skipped: results.flatMap(({ skipped }) => skipped),
      },
      counts,
    };
  }

  /** Waits for the current moves to end, and for the warehouse's answer. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#transform.end();
    await this.#load.end();
    await this.#answer.catch(() => {});
  }
}

/** Work that is done once more for every time that it is asked for, or less often while it is going on. */
class Repeated {
  readonly #work: () => Promise<void>;
  readonly #signal: AbortSignal | undefined;
  #isAsked = false;
  #isEnded = false;
  #isGoingOn = false;
  #current: Promise<void> = Promise.resolve();

  constructor(work: () => Promise<void>, signal: AbortSignal | undefined) {
    this.#work = work;
    this.#signal = signal;
  }

  /** Asks for the work. */
  ask(): void {
    this.#isAsked = true;
    if (!this.#isGoingOn) this.#current = this.#doAll();
  }

  /** Waits for the work that is going on, after which no more is done. */
  async end(): Promise<void> {
    this.#isEnded = true;
    await this.#current;
  }

  async #doAll(): Promise<void> {
    this.#isGoingOn = true;
    try {
      while (this.#isAsked && !this.#isEnded && !this.#signal?.aborted) {
        this.#isAsked = false;
        await this.#work();
      }
    } catch {
      // The run tries again after extraction, and throws the error if it comes back.
      this.#isEnded = true;
    } finally {
      this.#isGoingOn = false;
    }
  }
}

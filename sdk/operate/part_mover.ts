import {
  askWarehouse,
  load,
  loadAndCount,
  type LoadOptions,
  type LoadResult,
  type WarehouseAnswer,
} from "../load/load.ts";
import { transform, type TransformOptions, type TransformResult } from "../transform/transform.ts";

/** Transforms and loads the parts of a first load while extraction reads the next ones. */
export class PartMover implements AsyncDisposable {
  readonly #options: TransformOptions & LoadOptions;
  /** What the warehouse answered before the first part. */
  readonly #answer: WarehouseAnswer;
  readonly #transformed: TransformResult[] = [];
  readonly #loaded: LoadResult[] = [];
  #isPending = false;
  #hasFailed = false;
  #moving: Promise<void> = Promise.resolve();
  #isMoving = false;

  /** Asks the warehouse what a load has to know, while the source is read. */
  constructor(options: TransformOptions & LoadOptions) {
    this.#options = options;
    this.#answer = askWarehouse(options);
  }

  /** Starts to move what has been extracted. */
  move(): void {
    this.#isPending = true;
    if (!this.#isMoving) this.#moving = this.#moveAll();
  }

  /** Transforms the rest, and returns the results of all parts. Throws what `transform` throws. */
  async transformRest(): Promise<TransformResult> {
    await this.#moving;
    this.#transformed.push(await transform(this.#options));
    return {
      commits: this.#transformed.flatMap(({ commits }) => commits),
      skipped: this.#transformed.flatMap(({ skipped }) => skipped),
    };
  }

  /** Loads the rest, and returns the results of all parts. Throws what `load` throws. */
  async loadRest(): ReturnType<typeof loadAndCount> {
    await this.#moving;
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

  /** Waits for the current move to end, and for the warehouse's answer. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#hasFailed = true;
    await this.#moving;
    await this.#answer.catch(() => {});
  }

  async #moveAll(): Promise<void> {
    this.#isMoving = true;
    try {
      while (this.#isPending && !this.#hasFailed && !this.#options.signal?.aborted) {
        this.#isPending = false;
        this.#transformed.push(await transform(this.#options));
        this.#loaded.push(await load(this.#options));
      }
    } catch {
      // The run tries again after extraction, and throws the error if it comes back.
      this.#hasFailed = true;
    } finally {
      this.#isMoving = false;
    }
  }
}

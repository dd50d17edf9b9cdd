/**
 * The log of a zone: one small JSON object per commit, numbered 1, 2, 3 and so on without gaps. Because
 * there are no gaps, the newest commit is found without listing the log.
 *
 * @module
 */
import { DamagedObjectError, LakeError } from "../errors.ts";
import type { Commit } from "./commit.ts";
import { checkCommit } from "./commit_schema.ts";
import { LOG_REMEDIES } from "./damage.ts";
import { commitKey, LOG_PREFIX, sequenceOf } from "./keys.ts";
import { type LogMemory, memoryOf } from "./log_memory.ts";
import { hasBadChecksum, withChecksum } from "./checksum.ts";
import { type ObjectStore, readAll } from "./store.ts";
import { FORMAT, upgradeCommit } from "./upgrades/upgrades.ts";

/** Keys that an object store lists in one request. Within a page, listing is cheaper than searching. */
const PAGE = 1_000;
/** Commits that are asked for at once while the newest is searched. */
const PROBES = 6;
const NO_BYTES = { start: 0, end: 0 };

/**
 * The commit log of a zone.
 *
 * ```ts
 * const log = new CommitLog<IngestionCommit>(store, "ingestion");
 * const sequence = ((await log.head())?.sequence ?? 0) + 1;
 * const won = await log.append({ ...commit, sequence }); // false: another run was faster
 * ```
 */
export class CommitLog<C extends Commit> {
  readonly #store: ObjectStore;
  readonly #zone: C["zone"];
  readonly #memory: LogMemory;

  /** Opens the log in the store of a zone. Nothing is read yet. */
  constructor(store: ObjectStore, zone: C["zone"]) {
    this.#store = store;
    this.#zone = zone;
    this.#memory = memoryOf(store);
  }

  /**
   * Returns the newest commit, or null when there is none. Lists once when fewer than 1,000 commits were
   * added since the last call, a few times otherwise.
   *
   * @throws {LakeError} when the log cannot be read or a commit is missing.
   */
  async head(): Promise<C | null> {
    return await this.#memory.look(() => this.#look()) as C | null;
  }

  async #look(): Promise<C | null> {
    const known = this.#knownHead;
    const sequence = await this.#newest(known?.sequence ?? 0);
    if (sequence === known?.sequence) return known;
    return sequence === 0 ? null : await this.read(sequence);
  }

  get #knownHead(): C | null {
    const { head } = this.#memory;
    return head?.zone === this.#zone ? head as C : null;
  }

  /**
   * Returns the commit with this number, or null when the log ends before it.
   *
   * @throws {LakeError} as {@linkcode CommitLog.read} does.
   */
  async find(sequence: number): Promise<C | null> {
    return sequence > await this.#last(sequence) ? null : await this.read(sequence);
  }

  /**
   * Returns the commit with this number, in the current format.
   *
   * @throws {DamagedObjectError} when it is missing, malformed or of another zone.
   * @throws {LakeError} when a newer release wrote it.
   */
  async read(sequence: number): Promise<C> {
    const known = this.#memory.commit(sequence);
    if (known?.zone === this.#zone) return known as C;
    const key = commitKey(sequence);
    const commit = this.#check(this.#parse(await this.#text(key), key), key);
    if (commit.sequence !== sequence) {
      throw this.#malformed(key, `its sequence is ${commit.sequence}`);
    }
    this.#memory.remember(commit);
    return commit;
  }

  /**
   * Yields the commits after this number, in order, up to the newest. `after(0)` yields the full log.
   *
   * @throws {LakeError} as {@linkcode CommitLog.read} does, and when a commit is missing.
   */
  async *after(sequence: number): AsyncIterable<C> {
    const numbers = this.#memory.isOfRun
      ? this.#knownAfter(sequence)
      : this.#sequencesAfter(sequence);
    for await (const next of numbers) yield await this.read(next);
  }

  async *#knownAfter(sequence: number): AsyncIterable<number> {
    for (let next = sequence + 1; next <= await this.#last(sequence); next++) yield next;
  }

  /** Returns the newest number. Looks again if what is known of the log ends before `expected`. */
  async #last(expected: number): Promise<number> {
    const last = (await this.head())?.sequence ?? 0;
    if (last >= expected || !this.#memory.isOfRun) return last;
    this.#memory.lookAgain();
    return (await this.head())?.sequence ?? 0;
  }

  /**
   * Appends a commit. Returns false, and changes nothing, when another run has used its number: read
   * the head again, and decide again.
   *
   * @throws {LakeError} when the commit would leave a gap, is malformed or of another zone, or when the
   * store cannot be written. After a failed write, the commit can still be in the log.
   */
  async append(commit: C): Promise<boolean> {
    const key = commitKey(commit.sequence);
    const checked = this.#check(commit, key);
    await this.#refuseGap(commit.sequence);
    const text = withChecksum(JSON.stringify(commit));
    const won = await this.#store.put(key, new TextEncoder().encode(text + "\n"));
    if (won) this.#memory.append(checked);
    else this.#memory.lookAgain();
    return won;
  }

  /** Throws if the previous commit is missing. That is enough: the log has no gap before it. */
  async #refuseGap(sequence: number): Promise<void> {
    const previous = sequence - 1;
    if (previous <= (this.#knownHead?.sequence ?? 0) || await this.#exists(previous)) return;
    throw new LakeError(
      `commit ${sequence} would leave a gap in ${this.#store.url}: there is no ${previous}`,
      { stage: "lake", next: "run again: the next run starts from the newest commit" },
    );
  }

  /**
   * Returns the newest number, given one that exists (or 0). Lists a page. If the page is full, asks for
   * numbers ahead in doubling steps, then for numbers in between, until less than a page is left to list.
   */
  async #newest(known: number): Promise<number> {
    // The known commit is listed again, in case it was deleted.
    const before = Math.max(0, known - 1);
    let low = await this.#lastInPage(before);
    if (low < known) return await this.#newest(0);
    if (low < before + PAGE) return low;
    let high = Infinity;
    for (let step = PAGE; high - low > PAGE; step *= 2 ** PROBES) {
      const numbers = high === Infinity ? doubling(low, step) : between(low, high);
      const exist = await Promise.all(numbers.map((number) => this.#exists(number)));
      const missing = exist.indexOf(false);
      if (missing !== -1) high = numbers[missing];
      low = [low, ...numbers].at(missing)!;
    }
    // Other runs might have added a page in the meantime.
    return await this.#newest(low);
  }

  async #lastInPage(after: number): Promise<number> {
    let newest = after;
    for await (newest of this.#sequencesAfter(after)) {
      if (newest === after + PAGE) break;
    }
    return newest;
  }

  async #exists(sequence: number): Promise<boolean> {
    try {
      for await (const _ of this.#store.get(commitKey(sequence), NO_BYTES)) continue;
      return true;
    } catch (error) {
      if (error instanceof DamagedObjectError) return false;
      throw error;
    }
  }

  /** Yields the numbers in the log after this one. */
  async *#sequencesAfter(sequence: number): AsyncIterable<number> {
    let expected = sequence;
    for await (const key of this.#store.list(LOG_PREFIX, commitKey(sequence))) {
      const found = sequenceOf(key);
      if (found === null) continue; // Not a commit.
      if (found !== ++expected) throw this.#gap(expected, found);
      yield found;
    }
  }

  async #text(key: string): Promise<string> {
    try {
      return new TextDecoder().decode(await readAll(this.#store, key));
    } catch (cause) {
      throw cause instanceof DamagedObjectError ? this.#damaged(cause.message, cause) : cause;
    }
  }

  #parse(text: string, key: string): unknown {
    if (hasBadChecksum(text)) throw this.#malformed(key, "its SHA-256 is wrong");
    try {
      return JSON.parse(text);
    } catch (cause) {
      throw this.#malformed(key, "it is not JSON", cause);
    }
  }

  #check(value: unknown, key: string): C {
    refuseNewerFormat(value, key);
    const checked = checkCommit(upgradeCommit(value), this.#zone);
    if ("problem" in checked) throw this.#malformed(key, checked.problem);
    return checked.commit as C;
  }

  #malformed(key: string, problem: string, cause?: unknown): DamagedObjectError {
    const message = `${key} in ${this.#store.url} is not a commit of the ${this.#zone} zone`;
    return this.#damaged(`${message}: ${problem}`, cause);
  }

  #gap(missing: number, found: number): DamagedObjectError {
    const where = `${commitKey(missing)} does not exist in ${this.#store.url}`;
    return this.#damaged(`${where}, but ${commitKey(found)} does`);
  }

  #damaged(message: string, cause?: unknown): DamagedObjectError {
    return new DamagedObjectError(message, {
      stage: "lake",
      next: LOG_REMEDIES[this.#zone],
      cause,
    });
  }
}

function doubling(from: number, step: number): number[] {
  return Array.from({ length: PROBES }, (_, place) => from + step * 2 ** place);
}

function between(low: number, high: number): number[] {
  const step = (high - low) / (PROBES + 1);
  return Array.from({ length: PROBES }, (_, place) => Math.floor(low + step * (place + 1)));
}

function refuseNewerFormat(value: unknown, key: string): void {
  const format = (value as { format?: unknown } | null)?.format;
  if (typeof format !== "number" || format <= FORMAT) return;
  throw new LakeError(`${key} has format ${format}: a newer release of @totesys/sdk wrote it`, {
    stage: "lake",
    next: "upgrade @totesys/sdk and run again",
  });
}

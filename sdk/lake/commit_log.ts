/**
 * The log of a zone: one small JSON object per commit, numbered 1, 2, 3 and so on without gaps.
 * Because the numbers are dense, the newest is found without listing the log. Data objects are checked
 * against their commit; a commit carries its own checksum, last.
 *
 * @module
 */
import { DamagedObjectError, LakeError } from "../errors.ts";
import type { Commit } from "./commit.ts";
import { checkCommit } from "./commit_schema.ts";
import { commitKey, LOG_PREFIX, sequenceOf } from "./keys.ts";
import { LOG_RECOVERY } from "./recovery.ts";
import { hasBadChecksum, withChecksum } from "./checksum.ts";
import { readWhole } from "./read_object.ts";
import type { ObjectStore } from "./store.ts";
import { FORMAT, upgradeCommit } from "./upgrades/upgrades.ts";

/** An object store returns this many keys in one request: up to here, reading on beats guessing. */
const PAGE = 1_000;

/**
 * The newest commit that was seen in a store: the next search starts there, also that of another run
 * in this process.
 */
const HEADS = new WeakMap<ObjectStore, Commit>();

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

  /** A log kept in the zone's own store. Nothing is read yet. */
  constructor(store: ObjectStore, zone: C["zone"]) {
    this.#store = store;
    this.#zone = zone;
  }

  get #head(): C | null {
    const head = HEADS.get(this.#store);
    return head?.zone === this.#zone ? head as C : null;
  }

  set #head(head: C | null) {
    if (head) HEADS.set(this.#store, head);
    else HEADS.delete(this.#store);
  }

  /**
   * The newest commit, or null when there is none. Costs one listing of at most 1 000 keys when no
   * more commits than that came since the last call, a few more otherwise.
   *
   * @throws {LakeError} when the log cannot be read or lacks a commit.
   */
  async head(): Promise<C | null> {
    const known = this.#head;
    const sequence = await this.#newest(known?.sequence ?? 0);
    if (sequence === known?.sequence) return known;
    return this.#head = sequence === 0 ? null : await this.read(sequence);
  }

  /**
   * The commit with this number.
   *
   * @throws {DamagedObjectError} when there is none, or when it is malformed or of another zone.
   * @throws {LakeError} when a newer version of the product wrote it.
   */
  async read(sequence: number): Promise<C> {
    const key = commitKey(sequence);
    const commit = this.#check(this.#parse(await this.#text(key), key), key);
    if (commit.sequence === sequence) return commit;
    throw this.#malformed(key, `it says that it is number ${commit.sequence}`);
  }

  /**
   * The commits after this number, in order, up to the newest; `after(0)` is the whole log.
   *
   * @throws {LakeError} as {@linkcode CommitLog.read} does, and when a commit is missing.
   */
  async *after(sequence: number): AsyncIterable<C> {
    for await (const next of this.#sequencesAfter(sequence)) yield await this.read(next);
  }

  /**
   * Adds a commit under its own number. Returns false, and changes nothing, when another run has
   * taken that number: read the head again, and decide again.
   *
   * @throws {LakeError} when it would leave a gap, when it is malformed or of another zone, or when
   * the store cannot be written. In the last case the commit may have been added nevertheless.
   */
  async append(commit: C): Promise<boolean> {
    const key = commitKey(commit.sequence);
    this.#check(commit, key);
    await this.#refuseGap(commit.sequence);
    const text = withChecksum(JSON.stringify(commit));
    const won = await this.#store.put(key, new TextEncoder().encode(text + "\n"));
    if (won) this.#head = commit;
    return won;
  }

  /** The predecessor's presence is enough: the log has no gap before it either. */
  async #refuseGap(sequence: number): Promise<void> {
    const previous = sequence - 1;
    if (previous <= (this.#head?.sequence ?? 0) || await this.#exists(previous)) return;
    throw new LakeError(
      `commit ${sequence} would leave a gap in ${this.#store.url}: there is no ${previous}`,
      { stage: "lake", next: "run again: the next run starts from the head of the log" },
    );
  }

  /**
   * The newest number, given one that exists (or 0). Reads a page on; if that is full, leaps ahead
   * by doubling steps and halves its way back until less than a page is left to read.
   */
  async #newest(known: number): Promise<number> {
    // The known one is looked at once more: it may be gone.
    const before = Math.max(0, known - 1);
    let low = await this.#readOn(before);
    if (low < known) return await this.#newest(0);
    if (low < before + PAGE) return low;
    let step = PAGE;
    for (; await this.#exists(low + step); step *= 2) low += step;
    let high = low + step;
    while (high - low > PAGE) {
      const middle = Math.floor((low + high) / 2);
      if (await this.#exists(middle)) low = middle;
      else high = middle;
    }
    // Again from there, since other runs may have added a page meanwhile.
    return await this.#newest(low);
  }

  async #readOn(known: number): Promise<number> {
    let newest = known;
    for await (newest of this.#sequencesAfter(known)) {
      if (newest === known + PAGE) break;
    }
    return newest;
  }

  async #exists(sequence: number): Promise<boolean> {
    for await (const _ of this.#sequencesAfter(sequence - 1)) return true;
    return false;
  }

  /** The numbers in the log after this one, each one more than the last. */
  async *#sequencesAfter(sequence: number): AsyncIterable<number> {
    let expected = sequence;
    for await (const key of this.#store.list(LOG_PREFIX, commitKey(sequence))) {
      const found = sequenceOf(key);
      if (found === null) continue; // A file someone left there.
      if (found !== ++expected) throw this.#lacks(expected, found);
      yield found;
    }
  }

  async #text(key: string): Promise<string> {
    try {
      return new TextDecoder().decode(await readWhole(this.#store, key));
    } catch (cause) {
      throw cause instanceof DamagedObjectError ? this.#damaged(cause.message, cause) : cause;
    }
  }

  #parse(text: string, key: string): unknown {
    if (hasBadChecksum(text)) throw this.#malformed(key, "its SHA-256 is another");
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

  #lacks(missing: number, found: number): DamagedObjectError {
    return this.#damaged(
      `${this.#store.url} lacks ${commitKey(missing)}, yet has ${commitKey(found)}`,
    );
  }

  #damaged(message: string, cause?: unknown): DamagedObjectError {
    return new DamagedObjectError(message, {
      stage: "lake",
      next: LOG_RECOVERY[this.#zone],
      cause,
    });
  }
}

function refuseNewerFormat(value: unknown, key: string): void {
  const format = (value as { format?: unknown } | null)?.format;
  if (typeof format !== "number" || format <= FORMAT) return;
  throw new LakeError(`${key} has format ${format}: a newer version of the product wrote it`, {
    stage: "lake",
    next: "upgrade @totesys/sdk and run again",
  });
}

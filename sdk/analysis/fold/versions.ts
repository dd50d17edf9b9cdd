/**
 * The versions of the rows of one table while commits are applied to it. A version is a change of content:
 * the same content again is none.
 *
 * @module
 */
import { grown } from "../../columns/growing_arrays.ts";
import type { Key } from "./keys.ts";

/** Where the content of a version is in the lake, and its hash. */
export interface Content {
  /** The number of the object, in the order in which they were read. */
  readonly object: number;
  /** The row in that object, from 0. */
  readonly row: number;
  readonly low: number;
  readonly high: number;
}

/** Receives the changes of a table. Instants are RFC 3339 in UTC with microseconds. */
export interface Versions {
  /** A row has this content from an instant on. */
  put(key: Key, content: Content, from: string): void;
  /** A row was removed. */
  remove(key: Key, at: string): void;
}

/** A version that was found: where it is, and when it was valid. */
export interface FoundVersion extends Pick<Content, "object" | "row"> {
  readonly from: string;
  readonly to: string | null;
}

/** Keeps the version of every row that is valid at an instant: about 100 bytes for each of them. */
export class VersionsAt implements Versions {
  readonly #until: string | undefined;
  readonly #slots = new Map<Key, number>();
  /** By slot: object, row, both halves of the hash, and the number of the instant. */
  #fields = new Int32Array(0);
  readonly #instants: string[] = [];

  /** The versions that are valid at `until`, or after every commit. */
  constructor(until: string | undefined) {
    this.#until = until;
  }

  put(key: Key, { object, row, low, high }: Content, from: string): void {
    if (this.#until !== undefined && from > this.#until) return;
    let slot = this.#slots.get(key);
    if (slot === undefined) this.#slots.set(key, slot = this.#slots.size);
    this.#fields = grown(this.#fields, (slot + 1) * FIELDS);
    const at = slot * FIELDS;
    const fields = this.#fields;
    if (fields[at + FROM] > 0 && fields[at + LOW] === low && fields[at + HIGH] === high) return;
    if (this.#instants.at(-1) !== from) this.#instants.push(from);
    fields[at] = object;
    fields[at + ROW] = row;
    fields[at + LOW] = low;
    fields[at + HIGH] = high;
    fields[at + FROM] = this.#instants.length;
  }

  remove(key: Key, at: string): void {
    const slot = this.#slots.get(key);
    if (slot === undefined || this.#until !== undefined && at > this.#until) return;
    this.#fields[slot * FIELDS + FROM] = 0;
  }

  /** Returns the versions that are left, by object and row. */
  found(): FoundRows {
    const fields = this.#fields;
    const slots = Int32Array.from(this.#slots.values()).filter((slot) =>
      fields[slot * FIELDS + FROM] > 0
    );
    slots.sort((a, b) =>
      fields[a * FIELDS] - fields[b * FIELDS] || fields[a * FIELDS + ROW] - fields[b * FIELDS + ROW]
    );
    const at = (place: number) => slots[place] * FIELDS;
    return {
      count: slots.length,
      object: (place) => fields[at(place)],
      row: (place) => fields[at(place) + ROW],
      from: (place) => this.#instants[fields[at(place) + FROM] - 1],
    };
  }
}

const FIELDS = 5, ROW = 1, LOW = 2, HIGH = 3, FROM = 4;

/** Versions by place, in the order of objects and rows. */
export interface FoundRows {
  readonly count: number;
  object(place: number): number;
  row(place: number): number;
  from(place: number): string;
}

/** Returns versions as {@linkcode FoundRows}. */
export function foundRows(versions: readonly FoundVersion[]): FoundRows {
  return {
    count: versions.length,
    object: (place) => versions[place].object,
    row: (place) => versions[place].row,
    from: (place) => versions[place].from,
  };
}

/** Keeps every version of one row, oldest first. */
export class VersionsOf implements Versions {
  readonly #key: Key;
  readonly #found: (Content & { from: string; to: string | null })[] = [];

  constructor(key: Key) {
    this.#key = key;
  }

  put(key: Key, content: Content, from: string): void {
    if (key !== this.#key) return;
    const last = this.#found.at(-1);
    if (last?.to === null) {
      if (last.low === content.low && last.high === content.high) return;
      last.to = from;
    }
    this.#found.push({ ...content, from, to: null });
  }

  remove(key: Key, at: string): void {
    const last = this.#found.at(-1);
    if (key === this.#key && last?.to === null) last.to = at;
  }

  get found(): readonly FoundVersion[] {
    return this.#found;
  }
}

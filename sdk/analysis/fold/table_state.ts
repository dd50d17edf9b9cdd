import type { WarehouseTableSpec } from "../../../schemas/table.ts";
import type { Key } from "./keys.ts";
import type { Content, Versions } from "./versions.ts";

/** A row of a batch, as a load stages it. */
export interface StagedRow {
  readonly key: Key;
  /**
   * The keys that it refers to, in the order of the table's references; null where it is NULL. Undefined when
   * the rows are known to be present, and it does not matter which ones they are.
   */
  readonly refs?: readonly (Key | null)[];
  /** Where its content is. Only for a table whose versions are asked for. */
  readonly content?: Content;
  /** The instant from which it is valid. */
  readonly from: string;
}

/** What is to be known of a table. */
export interface TableRole {
  /** The versions that are asked for. */
  readonly versions?: Versions;
  /** Whether it matters which rows exist: others refer to them, or they keep deleted rows in place. */
  readonly keepsKeys: boolean;
  /** Whether rows that it refers to can be deleted, so that it matters which ones. */
  readonly keepsReferences: boolean;
}

/**
 * A table of the warehouse while commits are applied to it. It changes as the loader changes the table and
 * its quarantine, in the order of `CommitLoad`.
 */
export class TableState {
  readonly spec: WarehouseTableSpec;
  readonly #role: TableRole;
  /** The tables that the columns with references refer to. Set once all tables are there. */
  parents: readonly TableState[] = [];
  /** The tables that refer to this one. */
  readonly children = new Set<TableState>();
  /** The keys of the rows, of those that are marked as deleted as well. */
  readonly #keys = new Set<Key>();
  /** What the rows refer to: those of a dimension by key. */
  readonly #refs = new Map<Key, readonly (Key | null)[]>();
  /** What all versions of a fact have ever referred to, by place of the reference. */
  readonly #everReferred: Set<Key | null>[] = [];
  /** The valid rows that wait for a row they refer to. */
  readonly #orphans = new Map<Key, StagedRow>();

  constructor(spec: WarehouseTableSpec, role: TableRole) {
    this.spec = spec;
    this.#role = role;
  }

  get hasOrphans(): boolean {
    return this.#orphans.size > 0;
  }

  get refersToItself(): boolean {
    return this.parents.includes(this);
  }

  /** Whether the references of every row are needed, not only those to missing rows. */
  get needsReferences(): boolean {
    return this.#role.keepsReferences || this.refersToItself;
  }

  /** Returns whether a row is present. */
  has(key: Key): boolean {
    return this.#keys.has(key);
  }

  /** Returns whether it is a dimension that rows are deleted from, and it matters which of them stay. */
  losesReferredRows(deleted: Readonly<Record<string, unknown>>): boolean {
    const { kind, name } = this.spec;
    return kind === "dimension" && this.#role.keepsKeys && Object.hasOwn(deleted, name);
  }

  /** Returns whether a row that waits could still change what was valid at an instant. */
  isUndecided(instant: string): boolean {
    for (const { from } of this.#orphans.values()) if (from <= instant) return true;
    return false;
  }

  /**
   * Merges rows; those that refer to a missing row wait. Returns the keys of these. Of a table that refers
   * to itself, `rows` are the full batch.
   */
  stage(rows: readonly StagedRow[]): Key[] {
    const batch = this.refersToItself ? this.#withParents(rows) : undefined;
    const waiting = rows.filter((row) => !this.#hasParents(row, batch));
    const isWaiting = new Set(waiting);
    for (const row of rows) {
      const valid = this.#keepFrom(row);
      this.#orphans.delete(row.key);
      if (isWaiting.has(row)) this.#orphans.set(row.key, valid);
      else this.#merge(valid);
    }
    return waiting.map(({ key }) => key);
  }

  /** Returns the keys of a batch whose rows refer to present rows and to one another only. */
  #withParents(rows: readonly StagedRow[]): Set<Key> {
    const batch = new Set(rows.map(({ key }) => key));
    for (let before = -1; before !== batch.size;) {
      before = batch.size;
      for (const row of rows) if (!this.#hasParents(row, batch)) batch.delete(row.key);
    }
    return batch;
  }

  /** Returns whether the rows that a row refers to are present. `batch` are keys that are about to be. */
  #hasParents({ refs }: StagedRow, batch?: ReadonlySet<Key>): boolean {
    return refs === undefined || this.parents.every((parent, i) => {
      const key = refs[i];
      return key === null || parent.#keys.has(key) || (parent === this && batch?.has(key));
    });
  }

  /** A fact that waits keeps its start when it arrives again with the same content. */
  #keepFrom(row: StagedRow): StagedRow {
    const earlier = this.spec.kind === "fact" ? this.#orphans.get(row.key) : undefined;
    if (!earlier?.content || !row.content) return row;
    const { low, high } = earlier.content;
    return low === row.content.low && high === row.content.high
      ? { ...row, from: earlier.from }
      : row;
  }

  /** Returns the rows that wait for nothing any more. */
  readyOrphans(): StagedRow[] {
    return [...this.#orphans.values()].filter((row) => this.#hasParents(row));
  }

  /** Merges rows that were ready, unless they arrived again in the meantime. */
  release(ready: readonly StagedRow[]): void {
    for (const row of ready) {
      if (this.#orphans.get(row.key) !== row) continue;
      this.#orphans.delete(row.key);
      this.#merge(row);
    }
  }

  #merge({ key, refs, content, from }: StagedRow): void {
    const { versions, keepsKeys, keepsReferences } = this.#role;
    if (content) versions?.put(key, content, from);
    if (keepsKeys) this.#keys.add(key);
    if (!keepsReferences || !refs) return;
    if (this.spec.kind !== "fact") return void this.#refs.set(key, refs);
    refs.forEach((ref, i) => (this.#everReferred[i] ??= new Set()).add(ref));
  }

  /** Rows were refused: versions of them that wait are dropped. */
  refuse(keys: readonly Key[]): void {
    for (const key of keys) this.#orphans.delete(key);
  }

  /** Removes rows. A member of a dimension that others refer to stays, marked as deleted. */
  remove(keys: readonly Key[], at: string): void {
    const isFact = this.spec.kind === "fact";
    const removed = this.#role.keepsKeys
      ? keys.filter((key) => this.#keys.has(key) && (isFact || !this.#isReferredTo(key)))
      : [];
    for (const key of keys) this.#role.versions?.remove(key, at);
    for (const key of removed) {
      this.#keys.delete(key);
      this.#refs.delete(key);
    }
  }

  #isReferredTo(key: Key): boolean {
    return [...this.children].some((child) => {
      const places = child.parents.flatMap((parent, i) => parent === this ? [i] : []);
      if (places.some((i) => child.#everReferred[i]?.has(key))) return true;
      for (const refs of child.#refs.values()) if (places.some((i) => refs[i] === key)) return true;
      return false;
    });
  }
}

/**
 * The ledger of a source: which documents it has delivered. It is in the source's ingestion commits. An
 * object with all entries so far, which a commit names from time to time, keeps long logs fast to read.
 *
 * @module
 */
import { DamagedObjectError } from "../errors.ts";
import type { DocumentRecord, IngestionCommit } from "./commit.ts";
import { compareUtf8 } from "./compare_utf8.ts";
import { readObject } from "./data_objects.ts";
import { parseJsonl } from "./jsonl.ts";
import type { Zone } from "./zone.ts";

/** A document in a ledger. */
export interface LedgerEntry extends DocumentRecord {
  /** The commit that recorded it, and has its rows. */
  readonly sequence: number;
}

/** Every document that a source has delivered. It never forgets one. */
export interface Ledger {
  /** Returns the newest entry of the document with this name; undefined if there is none. */
  latest(name: string): LedgerEntry | undefined;
  /**
   * Returns the version of a document whose rows are current: the newest one that was read, unless a later
   * one is missing or a duplicate of another document. Undefined if there is none.
   */
  current(name: string): LedgerEntry | undefined;
  /** Returns a document whose current version has this content; undefined if there is none. */
  withContent(sha256: string): LedgerEntry | undefined;
  /** Yields the newest entry of each document, in the order of their names (by UTF-8 bytes). */
  entries(): Iterable<LedgerEntry>;
}

/** The newest version of a document, and the one whose rows are current. */
interface Versions {
  readonly latest: LedgerEntry;
  readonly current?: LedgerEntry;
}

/** A ledger in memory, up to a commit. */
export class DocumentLedger implements Ledger {
  #head: IngestionCommit | null = null;
  readonly #documents = new Map<string, Versions>();
  /** The names of the documents whose current version has a content. */
  readonly #names = new Map<string, Set<string>>();

  /** The newest commit in it; null if there is none. */
  get head(): IngestionCommit | null {
    return this.#head;
  }

  latest(name: string): LedgerEntry | undefined {
    return this.#documents.get(name)?.latest;
  }

  current(name: string): LedgerEntry | undefined {
    return this.#documents.get(name)?.current;
  }

  withContent(sha256: string): LedgerEntry | undefined {
    const [name] = this.#names.get(sha256) ?? [];
    return name === undefined ? undefined : this.current(name);
  }

  *entries(): Iterable<LedgerEntry> {
    for (const { latest } of this.#sorted()) yield latest;
  }

  /** Yields the entries that make this ledger when they are added to an empty one. */
  *lasting(): Iterable<LedgerEntry> {
    for (const { latest, current } of this.#sorted()) {
      if (current && current !== latest) yield current;
      yield latest;
    }
  }

  /** Adds the documents of the next commit. */
  addCommit(commit: IngestionCommit): void {
    for (const document of commit.documents ?? []) {
      this.add({ ...document, sequence: commit.sequence });
    }
    this.#head = commit;
  }

  /** Adds an entry. It is newer than all others of its name. */
  add(entry: LedgerEntry): void {
    const before = this.current(entry.name);
    const current = currentAfter(before, entry);
    this.#documents.set(entry.name, { latest: entry, current });
    if (before === current) return;
    if (before) this.#forget(before);
    if (!current) return;
    const names = this.#names.get(current.sha256) ?? new Set();
    this.#names.set(current.sha256, names.add(current.name));
  }

  #forget({ sha256, name }: LedgerEntry): void {
    const names = this.#names.get(sha256);
    names?.delete(name);
    if (names?.size === 0) this.#names.delete(sha256);
  }

  #sorted(): Versions[] {
    return [...this.#documents.values()]
      .sort((a, b) => compareUtf8(a.latest.name, b.latest.name));
  }
}

/** Returns the version of a document whose rows are current after another one has been recorded. */
function currentAfter(
  before: LedgerEntry | undefined,
  entry: LedgerEntry,
): LedgerEntry | undefined {
  if (entry.outcome === "read") return entry;
  // The last good version stays, and a document can be a duplicate of itself.
  const isKept = entry.outcome === "refused" || entry.sha256 === before?.sha256;
  return isKept ? before : undefined;
}

/**
 * Reads the ledger of a source: the newest object with entries, and the commits after it.
 *
 * @throws {LakeError} when the log cannot be read.
 */
export async function readLedger(zone: Zone<IngestionCommit>): Promise<DocumentLedger> {
  const ledger = await beginning(zone);
  await addNewCommits(ledger.state, zone, ledger.through);
  return ledger.state;
}

/** Adds the commits after number `before` to a ledger; those after its newest one if that is omitted. */
export async function addNewCommits(
  ledger: DocumentLedger,
  { log }: Zone<IngestionCommit>,
  before = ledger.head?.sequence ?? 0,
): Promise<void> {
  for await (const commit of log.after(before)) ledger.addCommit(commit);
}

/** Returns what the newest object holds. If it is damaged, all commits are read instead. */
async function beginning(
  { store, log }: Zone<IngestionCommit>,
): Promise<{ readonly state: DocumentLedger; readonly through: number }> {
  const compacted = (await log.head())?.ledger;
  const state = new DocumentLedger();
  if (!compacted) return { state, through: 0 };
  const { object, through } = compacted;
  try {
    for await (const entries of parseJsonl(readObject(store, object), object.key)) {
      for (const entry of entries) state.add(entry as LedgerEntry);
    }
    return { state, through };
  } catch (error) {
    if (!(error instanceof DamagedObjectError)) throw error;
    return { state: new DocumentLedger(), through: 0 };
  }
}

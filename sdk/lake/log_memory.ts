import type { Commit } from "./commit.ts";
import type { ObjectStore } from "./store.ts";

/** Commits that a run remembers. One tick needs two of each log. */
const REMEMBERED = 16;

/**
 * What a process knows of the log in a store: its newest commit, where the next search starts. In a run,
 * also which commits were read and appended, and that the search is done: see {@linkcode storesOfRun}.
 */
export class LogMemory {
  /** The newest commit seen. Others can have appended more since. */
  head: Commit | null = null;
  /** What is known outside of the run; undefined if this is not of a run. */
  readonly #outside: LogMemory | undefined;
  readonly #commits = new Map<number, Commit>();
  #search: Promise<Commit | null> | undefined;

  constructor(outside?: LogMemory) {
    this.#outside = outside;
    this.head = outside?.head ?? null;
  }

  /** Whether the log is searched only once. */
  get isOfRun(): boolean {
    return this.#outside !== undefined;
  }

  /** Returns the newest commit: what `search` finds, or found before in this run. */
  look(search: () => Promise<Commit | null>): Promise<Commit | null> {
    if (this.#search) return this.#search;
    const searching = search().then((head) => this.#setHead(head));
    if (!this.isOfRun) return searching;
    // A failure must not be what the rest of the run sees, nor end the process before anyone looks.
    searching.catch(() => this.#search === searching && this.lookAgain());
    return this.#search = searching;
  }

  /** Forgets that the log was searched: another run has appended. */
  lookAgain(): void {
    this.#search = undefined;
  }

  /** Remembers a commit that was appended. It is the newest. */
  append(commit: Commit): void {
    this.#setHead(commit);
    if (this.isOfRun) this.#search = Promise.resolve(commit);
  }

  /** Remembers a commit that was read. */
  remember(commit: Commit): void {
    if (!this.isOfRun) return;
    this.#commits.set(commit.sequence, commit);
    const [oldest] = this.#commits.keys();
    if (this.#commits.size > REMEMBERED) this.#commits.delete(oldest);
  }

  /** Returns the commit with this number if this run has read or appended it. */
  commit(sequence: number): Commit | undefined {
    return this.#commits.get(sequence);
  }

  #setHead(head: Commit | null): Commit | null {
    this.head = head;
    if (this.#outside) this.#outside.head = head;
    if (head) this.remember(head);
    return head;
  }
}

const memories = new WeakMap<ObjectStore, LogMemory>();

/** Returns what is known of the log in a store. */
export function memoryOf(store: ObjectStore): LogMemory {
  let memory = memories.get(store);
  if (!memory) memories.set(store, memory = new LogMemory());
  return memory;
}

/**
 * Returns both zones as one run sees them. Their logs are searched once: what other runs append after
 * that is left to them, or to the next run. A commit that the run read or appended is not read again.
 */
export function storesOfRun(
  { ingestion, processed }: Readonly<Record<Zone, ObjectStore>>,
): Record<Zone, ObjectStore> {
  return { ingestion: storeOfRun(ingestion), processed: storeOfRun(processed) };
}

type Zone = Commit["zone"];

function storeOfRun(store: ObjectStore): ObjectStore {
  const view: ObjectStore = {
    url: store.url,
    put: (key, body) => store.put(key, body),
    get: (key, range) => store.get(key, range),
    list: (prefix, after) => store.list(prefix, after),
  };
  memories.set(view, new LogMemory(memoryOf(store)));
  return view;
}

import type { DocumentRecord } from "./commit.ts";

/** A document in a ledger. */
export interface LedgerEntry extends DocumentRecord {
  /** The commit that recorded it, and has its rows. */
  readonly sequence: number;
}

/** Every document that a source has delivered. It never forgets one. */
export interface Ledger {
  /** Returns the newest entry of the document with this name; undefined if there is none. */
  latest(name: string): LedgerEntry | undefined;
  /** Returns a document that now has this content and was read; undefined if there is none. */
  withContent(sha256: string): LedgerEntry | undefined;
  /** Yields the newest entry of each document, in the order of their names (by UTF-8 bytes). */
  entries(): Iterable<LedgerEntry>;
}

/**
 * What the lake knows about the quality of its data: rows that were refused, and documents.
 *
 * @module
 */
import type { Model } from "../../schemas/model.ts";
import { DATABASE, sourceNames } from "../derive/source_model.ts";
import { type DocumentRecord, ownEntry } from "../lake/commit.ts";
import { readObject } from "../lake/data_objects.ts";
import { parseJsonl } from "../lake/jsonl.ts";
import { sourceStore } from "../lake/source_store.ts";
import type { ObjectStore } from "../lake/store.ts";
import { ingestionZone } from "../lake/zone.ts";
import { readAll, type SourceCommit, zoneOf } from "./commits.ts";

/** A row that could not become a row of the warehouse, as recorded in a commit. It can have been corrected since. */
export interface RefusedRow {
  /** The source that it came from. */
  readonly source: string;
  /** The number of the commit in the source's log. */
  readonly sequence: number;
  /** Time of the source snapshot (RFC 3339, UTC). */
  readonly taken_at: string;
  /** The warehouse table that it would be in. */
  readonly table: string;
  /** The value of its key column; null if it has no valid key. */
  readonly key: string | number | null;
  /** What is wrong, with the value. */
  readonly reason: string;
  /** The row: as the source has it, or as the transform made it if that does not fit the warehouse. */
  readonly row: Readonly<Record<string, unknown>>;
}

/** A document of a source, as a commit records it. */
export interface SourceDocument extends DocumentRecord {
  /** The source that delivered it. */
  readonly source: string;
  /** The number of the commit in the source's log. */
  readonly sequence: number;
  /** When it was read (RFC 3339, UTC). */
  readonly taken_at: string;
}

/** Yields the rows that were refused, of a table or of all, in the order of the commits. */
export async function* refusedRows(
  processed: ObjectStore,
  commits: AsyncIterable<SourceCommit>,
  tables: readonly string[],
): AsyncGenerator<RefusedRow> {
  for await (const { source, sequence, taken_at, quarantined } of commits) {
    const { store } = zoneOf(processed, source);
    for (const table of tables) {
      const object = ownEntry(quarantined, table);
      if (!object) continue;
      for await (const lines of parseJsonl(readObject(store, object), object.key)) {
        for (const line of lines as Pick<RefusedRow, "key" | "reason" | "row">[]) {
          yield { source, sequence, taken_at, table, ...line };
        }
      }
    }
  }
}

/** Yields the documents of every source, source by source, in the order of their commits. */
export async function* sourceDocuments(
  ingestion: ObjectStore,
  model: Model,
): AsyncGenerator<SourceDocument> {
  for (const source of sourceNames(model).filter((name) => name !== DATABASE)) {
    const { log } = ingestionZone(sourceStore(ingestion, source));
    for await (const { sequence, snapshot, documents = [] } of readAll(log)) {
      for (const document of documents) {
        yield { ...document, source, sequence, taken_at: snapshot.taken_at };
      }
    }
  }
}

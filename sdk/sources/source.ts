/**
 * What a source is, unless it is the pipeline's database: something that delivers documents, such as an
 * API or a folder of files. Everything after the ingestion commit is shared with the database.
 *
 * @module
 */
import type { AnyRow } from "../../schemas/table.ts";
import type { DataObject, DocumentRecord } from "../lake/commit.ts";
import type { Ledger } from "../lake/ledger.ts";

/**
 * A source. Its tables are in the model's `sources`, under its name.
 *
 * ```ts ignore
 * const weather: Source = {
 *   name: "weather",
 *   async *deliveries(ledger) {
 *     const name = "2026-11-30";
 *     if (ledger.latest(name)) return;
 *     const body = await download(name);
 *     yield { name, version: "1", table: "weather", body, rows: () => parse(body) };
 *   },
 * };
 * ```
 */
export interface Source {
  /** The name in the model's `sources`. */
  readonly name: string;
  /**
   * Yields what the ledger does not have, in an order that is kept. Each delivery is committed before the
   * next is asked for, and is in the ledger then. Ends when there is nothing more for now.
   *
   * @throws {SourceError} when the source cannot be read. What was yielded before stays.
   */
  deliveries(ledger: Ledger, options: DeliveryOptions): AsyncIterable<Delivery>;
}

/** The options of {@linkcode Source.deliveries}. */
export interface DeliveryOptions {
  /** Aborted when the run has to stop: yield nothing more. */
  readonly signal?: AbortSignal;
  /** Returns the bytes of a document that the lake keeps, for a source that compares with earlier ones. */
  readonly readBody?: (body: DataObject) => Promise<Uint8Array>;
}

/** A document, with rows or without. It becomes one commit. */
export type Delivery = ReadableDelivery | ReportedDelivery;

/** A document with rows. */
export interface ReadableDelivery {
  /** Its name. One of the same name replaces the rows of the one before. */
  readonly name: string;
  /** What tells its versions apart. */
  readonly version: string;
  /** The source table of its rows. */
  readonly table: string;
  /** Its bytes, to be kept in the lake; omitted when they stay where they are. */
  readonly body?: Uint8Array;
  /**
   * Yields the rows in key order (by UTF-8 bytes), a batch of up to some MB at a time. Every key begins with
   * the name and `/`. A value that its column cannot hold is left as it is, and puts its row into quarantine.
   *
   * @throws {RefusedDocumentError} when the document cannot be read: it goes to quarantine as a whole.
   * @throws {ChangedDocumentError} when the document changes meanwhile: nothing is committed, and the run
   * continues with the next delivery.
   */
  rows(): AsyncIterable<readonly AnyRow[]>;
  /** The size and checksum of the document; called after the last row, or after it was refused. */
  size(): Pick<DocumentRecord, "bytes" | "sha256">;
}

/** The reason of a document that is a duplicate of itself: it was touched, and sends no alert. */
export const SAME_AS_BEFORE = "same content as before";

/** A document that has no rows to read: a duplicate, or one that is missing. */
export interface ReportedDelivery
  extends Pick<DocumentRecord, "name" | "version" | "table" | "bytes" | "sha256"> {
  /**
   * Why it has no rows. A document with the same name and content as before is a duplicate of itself and keeps
   * its rows; after a refused version, deliver its rows again instead. A duplicate of another document loses the
   * rows that it had.
   */
  readonly outcome: "duplicate" | "missing";
  /** Why: `same content as targets/2026.csv`, `not published within 3 days`. */
  readonly reason: string;
}

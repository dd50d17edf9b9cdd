import type { Model } from "../../schemas/model.ts";
import type { AnyRow } from "../../schemas/table.ts";
import { sourceTable } from "../derive/source_table.ts";
import { RefusedDocumentError } from "../errors.ts";
import {
  type DataObject,
  type DocumentRecord,
  type IngestionCommit,
  keyColumns,
  ownEntry,
} from "../lake/commit.ts";
import { dataKey, type DataKeyParts, ledgerKey } from "../lake/keys.ts";
import type { DocumentLedger, LedgerEntry } from "../lake/ledger.ts";
import { monotonic } from "../lake/monotonic.ts";
import { ObjectWriter } from "../lake/object_writer.ts";
import { FORMAT } from "../lake/upgrades/upgrades.ts";
import type { Zone } from "../lake/zone.ts";
import type { ProgressMeter } from "../progress.ts";
import { deliveredLines } from "./delivered_lines.ts";
import { keysOf, missingKeys } from "./missing_keys.ts";
import type { Delivery, ReadableDelivery, ReportedDelivery } from "./source.ts";

/** What the writer of a source's deliveries needs. */
export interface DeliverySettings {
  /** The source's ingestion zone. */
  readonly zone: Zone<IngestionCommit>;
  /** The source's tables. */
  readonly model: Model;
  /** Id of the run. */
  readonly run: string;
  /** Commits after which the ledger is written into an object. */
  readonly ledgerEvery: number;
  /** Counts the rows. */
  readonly progress: ProgressMeter;
}

/** Entries of a ledger that are encoded at once. */
const LINES = 1_000;
const utf8 = new TextEncoder();

/**
 * Writes the objects of a delivery, and returns the commit that comes after those in the ledger. Nothing
 * counts until it is appended.
 *
 * @throws {SourceError} when the rows are not in key order, or their keys do not begin with the name.
 * @throws {LakeError} when the zone cannot be read or written. Other errors of the delivery are thrown
 * unchanged.
 */
export async function writeDelivery(
  delivery: Delivery,
  ledger: DocumentLedger,
  settings: DeliverySettings,
): Promise<IngestionCommit> {
  const writer = new DeliveryWriter(delivery, ledger, settings);
  return await writer.write();
}

/** The rows of a delivery, once they are written. */
interface Written {
  readonly document: DocumentRecord;
  /** The object with its rows; null if there are none. */
  readonly rows: DataObject | null;
}

class DeliveryWriter {
  readonly #delivery: Delivery;
  readonly #ledger: DocumentLedger;
  readonly #settings: DeliverySettings;
  readonly #sequence: number;
  readonly #taken_at: string;

  constructor(delivery: Delivery, ledger: DocumentLedger, settings: DeliverySettings) {
    this.#delivery = delivery;
    this.#ledger = ledger;
    this.#settings = settings;
    this.#sequence = (ledger.head?.sequence ?? 0) + 1;
    const now = new Date().toISOString().replace("Z", "000Z");
    this.#taken_at = monotonic(now, ledger.head?.snapshot.taken_at);
  }

  async write(): Promise<IngestionCommit> {
    const { model, run, zone } = this.#settings;
    await using objects = new ObjectWriter(zone.store);
    const { document, rows } = "outcome" in this.#delivery
      ? { document: reported(this.#delivery), rows: null }
      : await this.#read(this.#delivery, objects);
    await objects.settle(); // the keys are read again
    const tables = rows ? { [document.table]: rows } : {};
    const deleted = await this.#writeTombstones(document, rows, objects);
    const ledger = await this.#writeLedger(objects);
    await objects.settle();
    return {
      format: FORMAT,
      zone: "ingestion",
      sequence: this.#sequence,
      run,
      mode: "delta",
      snapshot: { taken_at: this.#taken_at },
      documents: [document],
      ...ledger ? { ledger } : {},
      columns: Object.fromEntries(
        model.source.map(({ name, columns }) => [name, Object.keys(columns)]),
      ),
      keys: keyColumns(model.source, tables, deleted),
      partial: {},
      tables,
      deleted,
    };
  }

  /** Writes the rows and the bytes of a document. */
  async #read(delivery: ReadableDelivery, objects: ObjectWriter): Promise<Written> {
    const { name, version, table, body } = delivery;
    let rows: DataObject | null = null;
    let reason: string | undefined;
    try {
      rows = await this.#writeRows(delivery, objects);
    } catch (error) {
      if (!(error instanceof RefusedDocumentError)) throw error;
      reason = error.message || "it cannot be read";
    }
    const kept = body && await objects.write(this.#key(table, "body"), once(body), () => 1);
    const document: DocumentRecord = {
      name,
      version,
      ...delivery.size(),
      table,
      rows: rows?.rows ?? 0,
      outcome: reason === undefined ? "read" : "refused",
      ...reason === undefined ? {} : { reason },
      ...kept ? { body: kept } : {},
    };
    return { document, rows };
  }

  async #writeRows(
    delivery: ReadableDelivery,
    objects: ObjectWriter,
  ): Promise<DataObject | null> {
    const { model, progress } = this.#settings;
    const table = sourceTable(model, delivery.table);
    let rows = 0;
    const chunks = deliveredLines(delivery, table, (count, bytes) => {
      rows += count;
      progress.add(table.name, count, bytes);
    });
    return await objects.write(this.#key(table.name, "jsonl"), chunks, () => rows);
  }

  /**
   * Writes the keys of the rows that the document no longer has, by table. Its own name is one of them: an
   * earlier version can be in quarantine as a whole, under that key. A refused document changes nothing, and
   * nor does one that is the same as before.
   */
  async #writeTombstones(
    { name, sha256, table, outcome }: DocumentRecord,
    rows: DataObject | null,
    objects: ObjectWriter,
  ): Promise<Record<string, DataObject>> {
    const latest = this.#ledger.latest(name);
    if (!latest || outcome === "refused") return {};
    const current = this.#ledger.current(name);
    if (outcome !== "read" && current?.sha256 === sha256) return {};
    const deleted: Record<string, DataObject> = {};
    for (const { name: of, key } of this.#settings.model.source) {
      let count = 0;
      const tombstones = this.#tombstones(
        key,
        latest.table === of ? latest : undefined,
        current?.table === of ? current : undefined,
        table === of ? rows : null,
      );
      const chunks = jsonLines(tombstones, (more) => count += more);
      const object = await objects.write(this.#key(of, "deleted.jsonl"), chunks, () => count);
      if (object) deleted[of] = object;
    }
    return deleted;
  }

  async *#tombstones(
    key: string,
    latest: LedgerEntry | undefined,
    current: LedgerEntry | undefined,
    rows: DataObject | null,
  ): AsyncGenerator<AnyRow[]> {
    if (latest) yield [{ [key]: latest.name }];
    if (!current) return;
    const { log, store } = this.#settings.zone;
    const { tables } = await log.read(current.sequence);
    const object = ownEntry(tables, current.table);
    if (!object) return;
    const before = keysOf(store, object, key);
    const after = rows ? keysOf(store, rows, key) : nothing();
    for await (const keys of missingKeys(before, after)) {
      yield keys.map((value) => ({ [key]: value }));
    }
  }

  /** Returns the object with the ledger: that of the commit before, or, from time to time, a new one. */
  async #writeLedger(objects: ObjectWriter): Promise<IngestionCommit["ledger"]> {
    const { run, ledgerEvery } = this.#settings;
    const before = this.#ledger.head?.ledger;
    const through = this.#sequence - 1;
    if (through - (before?.through ?? 0) < ledgerEvery) return before;
    const place = { taken_at: this.#taken_at, sequence: this.#sequence, run };
    let rows = 0;
    const chunks = jsonLines(inBatches(this.#ledger.lasting()), (count) => rows += count);
    const object = await objects.write(ledgerKey(place), chunks, () => rows);
    return object ? { through, object } : before;
  }

  #key(table: string, extension: string): string {
    const parts: DataKeyParts = {
      table,
      taken_at: this.#taken_at,
      sequence: this.#sequence,
      run: this.#settings.run,
      extension,
    };
    return dataKey(parts);
  }
}

function reported(delivery: ReportedDelivery): DocumentRecord {
  const { name, version, bytes, sha256, table, outcome, reason } = delivery;
  return { name, version, bytes, sha256, table, rows: 0, outcome, reason };
}

/** Yields values as JSON Lines, a batch at a time, and reports how many. */
async function* jsonLines(
  batches: AsyncIterable<readonly unknown[]> | Iterable<readonly unknown[]>,
  onLines: (count: number) => void,
): AsyncGenerator<Uint8Array> {
  for await (const values of batches) {
    yield utf8.encode(values.map((value) => JSON.stringify(value) + "\n").join(""));
    onLines(values.length);
  }
}

function* inBatches<T>(values: Iterable<T>): Generator<readonly T[]> {
  let batch: T[] = [];
  for (const value of values) {
    if (batch.push(value) < LINES) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

async function* once<T>(value: T): AsyncGenerator<T> {
  yield value;
}

async function* nothing(): AsyncGenerator<never> {}

/**
 * What the documents of a source imply for the warehouse: which versions count, and which were refused.
 *
 * @module
 */
import type { Model } from "../../../schemas/model.ts";
import type { DerivedTable } from "../../../schemas/table.ts";
import { DATABASE, sourceModel, sourceNames } from "../../derive/source_model.ts";
import type { IngestionCommit } from "../../lake/commit.ts";
import { type DocumentLedger, type LedgerEntry, readLedger } from "../../lake/ledger.ts";
import { sourceStore } from "../../lake/source_store.ts";
import type { ObjectStore } from "../../lake/store.ts";
import { ingestionZone, type Zone } from "../../lake/zone.ts";
import type { Connection } from "../../postgres/connection.ts";
import type { Difference } from "./row_differences.ts";

/** A warehouse table that is made from documents. */
export interface DocumentTable {
  readonly table: DerivedTable;
  /** The tables of its source. */
  readonly model: Model;
  /** The ingestion zone of its source. */
  readonly zone: Zone<IngestionCommit>;
  /** The versions of documents whose rows the table has. */
  readonly documents: readonly LedgerEntry[];
  /** Documents that are in quarantine as a whole, or have to be. */
  readonly refused: readonly Difference[];
}

/** Returns the tables of sources that deliver documents: those that exist, and those that have to. */
export async function documentTables(
  warehouse: Connection,
  ingestion: ObjectStore,
  model: Model,
  existing: ReadonlySet<string>,
): Promise<DocumentTable[]> {
  const found: DocumentTable[] = [];
  for (const name of sourceNames(model)) {
    if (name === DATABASE) continue;
    const own = sourceModel(model, name);
    const zone = ingestionZone(sourceStore(ingestion, name));
    const ledger = await readLedger(zone);
    for (const table of own.warehouse) {
      if (table.kind === "calendar") continue;
      const parts = await documentsOf(warehouse, ledger, table);
      if (!existing.has(table.name) && parts.documents.length === 0) continue;
      found.push({ table, model: own, zone, ...parts });
    }
  }
  return found;
}

async function documentsOf(
  warehouse: Connection,
  ledger: DocumentLedger,
  { name, from }: DerivedTable,
): Promise<Pick<DocumentTable, "documents" | "refused">> {
  const quarantined = await warehouse.query<{ key: string; sha256: string; reason: string }>(
    `SELECT key, content ->> 'sha256' AS sha256, reason FROM etl.quarantine
WHERE table_name = $1 AND content ? 'sha256'`,
    [name],
  );
  const documents: LedgerEntry[] = [];
  const refused: Difference[] = [];
  for (const latest of ledger.entries()) {
    // A document with too many invalid rows is only refused when they are transformed.
    const whole = quarantined.find(({ key, sha256 }) =>
      key === latest.name && sha256 === latest.sha256
    );
    const reason = latest.outcome === "refused" ? latest.reason : whole?.reason;
    if (latest.table === from && reason !== undefined) {
      refused.push({ key: latest.name, kind: "invalid", columns: [], reason });
    }
    const current = ledger.current(latest.name);
    if (current?.table === from && current.sha256 !== whole?.sha256) documents.push(current);
  }
  return { documents, refused };
}

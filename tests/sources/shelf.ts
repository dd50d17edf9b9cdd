/** A source whose documents are in memory, and its model. */
import fc from "fast-check";
import type { Model } from "../../schemas/model.ts";
import type { AnyRow, FactSpec, SourceTableSpec } from "../../schemas/table.ts";
import { ChangedDocumentError, RefusedDocumentError } from "../../sdk/errors.ts";
import { ByteMeter } from "../../sdk/lake/byte_meter.ts";
import type { DocumentRecord } from "../../sdk/lake/commit.ts";
import type { Delivery, Source } from "../../sdk/sources/source.ts";

const note = {
  name: "note",
  key: "note_id",
  columns: {
    note_id: { type: "text" },
    words: { type: "text" },
    amount: { type: "numeric", precision: 6, scale: 2, nullable: true },
  },
} as const satisfies SourceTableSpec;

const letter = { ...note, name: "letter" } as const satisfies SourceTableSpec;

const factNote = {
  name: "fact_note",
  kind: "fact",
  surrogate: "note_record_id",
  key: "note_id",
  from: "note",
  columns: {
    note_id: { type: "text" },
    words: { type: "text" },
    amount: { type: "numeric", precision: 6, scale: 2, nullable: true },
  },
} as const satisfies FactSpec;

const factLetter = {
  ...factNote,
  name: "fact_letter",
  surrogate: "letter_record_id",
  from: "letter",
} as const satisfies FactSpec;

/** A model whose only source is `shelf`, with the tables `note` and `letter`. */
export const shelfModel: Model = {
  source: [],
  warehouse: [],
  sources: { shelf: { source: [note, letter], warehouse: [factNote, factLetter] } },
};

/** A document: the values of its rows by the number of the row, or why it is refused. */
export interface ShelfDocument {
  readonly name: string;
  readonly version: string;
  readonly table?: "note" | "letter";
  /** The rows without their keys, by the last part of the key. */
  readonly rows?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly refused?: string;
  readonly reported?: "duplicate" | "missing";
  /** Whether the document changes while it is read. */
  readonly changes?: boolean;
  /** Its content; it says what the rows are, if omitted. */
  readonly content?: string;
}

/** Series of versions of documents. Every version is another one; some are refused, and some duplicates. */
export function documentSeries(
  documents: fc.Arbitrary<Pick<ShelfDocument, "name" | "table" | "rows">>,
  maxLength: number,
): fc.Arbitrary<ShelfDocument[]> {
  const outcomes = fc.constantFrom("read", "read", "read", "refused", "duplicate");
  return fc.array(fc.tuple(documents, outcomes), { maxLength }).map((series) =>
    series.map(([document, outcome], place): ShelfDocument => ({
      ...document,
      version: `${place}`,
      ...outcome === "refused" ? { refused: "it is broken" } : {},
      ...outcome === "duplicate" ? { reported: "duplicate" } : {},
    }))
  );
}

/** Returns the rows of a document as a source yields them. */
export function rowsOfDocument({ name, rows = {} }: ShelfDocument): AnyRow[] {
  return Object.keys(rows).sort().map((place) =>
    ({ note_id: `${name}/${place}`, ...rows[place] }) as AnyRow
  );
}

/** A source that delivers these documents, in order, unless the ledger has their version. */
export function shelf(documents: readonly ShelfDocument[]): Source {
  return {
    name: "shelf",
    async *deliveries(ledger) {
      for (const document of documents) {
        if (ledger.latest(document.name)?.version === document.version) continue;
        yield await Promise.resolve(delivery(document));
      }
    },
  };
}

function delivery(document: ShelfDocument): Delivery {
  const { name, version, table = "note", refused, reported, changes } = document;
  const body = new TextEncoder().encode(document.content ?? JSON.stringify(document));
  if (reported) {
    return {
      name,
      version,
      table,
      ...sizeOf(body),
      outcome: reported,
      reason: `it is ${reported}`,
    };
  }
  return {
    name,
    version,
    table,
    body,
    async *rows() {
      for (const row of rowsOfDocument(document)) yield await Promise.resolve([row]);
      if (changes) throw new ChangedDocumentError("it has grown");
      if (refused !== undefined) throw new RefusedDocumentError(refused);
    },
    size: () => sizeOf(body),
  };
}

function sizeOf(bytes: Uint8Array): Pick<DocumentRecord, "bytes" | "sha256"> {
  const meter = new ByteMeter();
  meter.add(bytes);
  return { bytes: meter.bytes, sha256: meter.sha256() };
}

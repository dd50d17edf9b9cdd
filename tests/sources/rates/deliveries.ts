import type { AnyRow } from "../../../schemas/table.ts";
import { DamagedObjectError } from "../../../sdk/errors.ts";
import type { DataObject, DocumentRecord } from "../../../sdk/lake/commit.ts";
import { DocumentLedger } from "../../../sdk/lake/ledger.ts";
import type { Source } from "../../../sdk/sources/source.ts";

/** What a source has delivered, in memory: its ledger, its bodies and its rows. */
export class Deliveries {
  readonly ledger = new DocumentLedger();
  /** The rows of each document, by its name. */
  readonly rows = new Map<string, AnyRow[]>();
  /** The bytes of each document, by its name. */
  readonly bodies = new Map<string, Uint8Array>();

  /** Takes what a source delivers; at most `most` documents. Returns their names. */
  async take(
    source: Source,
    { most = Infinity, signal }: { readonly most?: number; readonly signal?: AbortSignal } = {},
  ): Promise<string[]> {
    const names: string[] = [];
    if (most === 0) return names;
    const readBody = async ({ key }: DataObject) => {
      const body = await Promise.resolve(this.bodies.get(key));
      if (!body) throw new DamagedObjectError(`${key} is missing`);
      return body;
    };
    for await (const delivery of source.deliveries(this.ledger, { signal, readBody })) {
      const { name, version, table } = delivery;
      const document = { name, version, table, rows: 0 };
      if ("outcome" in delivery) {
        const { outcome, reason, bytes, sha256 } = delivery;
        this.#add({ ...document, outcome, reason, bytes, sha256 });
      } else {
        const rows = (await Array.fromAsync(delivery.rows())).flat();
        const body = { key: name, rows: 1, ...delivery.size() };
        this.rows.set(name, rows);
        this.bodies.set(name, delivery.body!);
        this.#add({ ...document, rows: rows.length, outcome: "read", body, ...delivery.size() });
      }
      names.push(name);
      if (names.length === most) break;
    }
    return names;
  }

  #add(document: DocumentRecord): void {
    this.ledger.add({ ...document, sequence: 1 });
  }

  /** Returns the outcome of each document by its name. */
  outcomes(): Record<string, string> {
    const entries = [...this.ledger.entries()];
    return Object.fromEntries(entries.map(({ name, outcome }) => [name, outcome]));
  }

  /** Returns the row of a currency in a document. */
  row(name: string, quote: string): AnyRow | undefined {
    return this.rows.get(name)?.find((row) => row.quote_currency === quote);
  }
}

import type { FileSpec } from "../../../schemas/file_spec.ts";
import type { SourceTableSpec } from "../../../schemas/table.ts";
import { refused } from "./refused.ts";
import type { RecordBatch } from "./records.ts";

/** Which column each header of a kind of file belongs to. */
export class HeaderMap {
  readonly #columns = new Map<string, string>();
  readonly #ignored: ReadonlySet<string>;
  readonly #headers: ReadonlyMap<string, string>;
  readonly #required: readonly string[];

  /** Builds the map of a kind of file from its table. */
  constructor({ columns = {}, ignore = [] }: FileSpec, table: SourceTableSpec) {
    const names = Object.keys(table.columns).filter((name) => name !== table.key);
    const headers = names.map((name) => [name, [columns[name]?.header ?? name].flat()] as const);
    for (const [name, all] of headers) {
      for (const header of all) this.#columns.set(simplified(header), name);
    }
    this.#headers = new Map(headers.map(([name, [first]]) => [name, first]));
    this.#ignored = new Set(ignore.map(simplified));
    this.#required = names.filter((name) => !table.columns[name].nullable);
  }

  /** Returns the column that a header belongs to; undefined if there is none. */
  columnOf(header: string): string | undefined {
    return this.#columns.get(simplified(header));
  }

  /**
   * Returns the place of each column in the header.
   *
   * @throws {RefusedDocumentError} when a header is unknown or appears twice, or one is missing.
   */
  places({ header, isFixed, place }: Omit<RecordBatch, "records">): Map<string, number> {
    const places = new Map<string, number>();
    const unknown: string[] = [];
    for (const [at, name] of header.entries()) {
      const column = this.columnOf(name);
      if (column === undefined) {
        if (!this.#ignored.has(simplified(name))) unknown.push(name);
      } else if (places.has(column)) {
        throw refused(`${place}: ${header[places.get(column)!]} and ${name} are the same column`);
      } else places.set(column, at);
    }
    const missing = isFixed ? this.#required.filter((name) => !places.has(name)) : [];
    const problems = [this.#describe("unknown", unknown), this.#describe("missing", missing)];
    const problem = problems.filter(Boolean).join("; ");
    if (problem) throw refused(`${place}: ${problem}`);
    return places;
  }

  #describe(kind: string, names: readonly string[]): string {
    if (names.length === 0) return "";
    const shown = names.map((name) => this.#headers.get(name) ?? name)
      .map((name) => JSON.stringify(name.slice(0, 100).toWellFormed()));
    const rest = shown.length > 10 ? ` and ${shown.length - 10} more` : "";
    return `${kind} ${names.length === 1 ? "column" : "columns"} ${
      shown.slice(0, 10).join(", ")
    }${rest}`;
  }
}

/** Returns a header without what does not count: case, spaces, `-` and `_`. */
export function simplified(header: string): string {
  return header.normalize("NFKC").replace(/[\s_\-\ufeff\u200b]+/g, "").toLowerCase();
}

import type { Catalogue, CatalogueTable } from "../../../../sdk/derive/catalogue.ts";
import type { CatalogueColumn } from "../../../../sdk/derive/catalogue_columns.ts";

/** A table that a search found. */
export interface Match {
  readonly table: CatalogueTable;
  /** The columns that fit on their own; every column fits a table that is found by its name. */
  readonly columns: readonly CatalogueColumn[];
}

/**
 * Returns the tables that have every word of a question: in their name and meaning, or in the name, meaning
 * and origin of one of their columns. All of them without a word.
 */
export function searchCatalogue(question: string, { warehouse, source }: Catalogue): Match[] {
  const words = question.toLowerCase().split(/\s+/).filter((word) => word !== "");
  return [...warehouse, ...source].flatMap((table) => {
    if (words.length === 0) return [{ table, columns: [] }];
    const hasAll = (text: string) => words.every((word) => text.includes(word));
    const columns = table.columns.filter((column) => hasAll(textOfColumn(column)));
    return columns.length > 0 || hasAll(textOf(table)) ? [{ table, columns }] : [];
  });
}

function textOf({ name, meaning = "", from }: CatalogueTable): string {
  return [name, meaning, ...from].join("\n").toLowerCase();
}

function textOfColumn({ name, meaning = "", references = "", lineage }: CatalogueColumn): string {
  // A row function can use every column, so its lineage tells none apart.
  const { columns = [], joins = [] } = lineage?.by?.name === "row" ? {} : lineage ?? {};
  return [name, meaning, references, ...columns, ...joins].join("\n").toLowerCase();
}

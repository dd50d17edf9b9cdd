import type { CatalogueTable } from "../../../sdk/derive/catalogue.ts";
import type { CatalogueColumn } from "../../../sdk/derive/catalogue_columns.ts";
import { describeOrigin } from "../../../sdk/derive/describe_origin.ts";
import { code, codeBlock, markdownTable } from "../markdown.ts";

/**
 * Returns the section of a table: its columns, what belongs to it, and example queries.
 *
 * @param link Returns a link to the section of another table.
 */
export function columnsSection(table: CatalogueTable, link: (table: string) => string): string {
  const { name, meaning, grain, kind, columns, queries } = table;
  const isSource = kind === "source";
  const heads = ["column", "type", "meaning", ...isSource ? [] : ["made from"]];
  const rows = columns.map((column) => [
    code(column.name),
    typeOf(column),
    [column.meaning, column.references && `→ ${link(column.references)}`].filter(Boolean).join(" "),
    ...isSource ? [] : [describeOrigin(column, table, code)],
  ]);
  return [
    `### ${code(name)}`,
    `${meaning === undefined ? "" : `${meaning}. `}Grain: ${grain}.`,
    markdownTable(heads, rows),
    relations(table),
    ...queries.map(({ title, sql }) => `${title}:\n\n${codeBlock("sql", sql)}`),
  ].filter((part) => part !== "").join("\n\n");
}

function typeOf({ type, nullable, key, personal }: CatalogueColumn): string {
  const notes = [key && `${key} key`, nullable && "can be NULL", personal && "personal"];
  return [type, ...notes.filter(Boolean)].join(", ");
}

function relations({ relations }: CatalogueTable): string {
  if (relations.length === 0) return "";
  const rows = relations.map(({ name, kind, meaning, columns }) => [
    code(name),
    kind,
    meaning,
    columns.map(({ name }) => code(name)).join(", "),
  ]);
  return markdownTable(["belongs to it", "kind", "shows", "columns of its own"], rows);
}

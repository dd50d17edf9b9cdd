import type { CatalogueTable } from "./catalogue.ts";
import type { CatalogueColumn } from "./catalogue_columns.ts";

/**
 * Returns what a column is made of, in words: `date of sales_order.created_at`; empty for a column without
 * lineage.
 *
 * @param format Formats the name of a column or a function.
 */
export function describeOrigin(
  { name, lineage }: CatalogueColumn,
  { kind, key }: Pick<CatalogueTable, "kind" | "key">,
  format: (name: string) => string = (name) => name,
): string {
  if (!lineage) return "";
  const { columns, joins, part, by } = lineage;
  if (kind === "calendar" && name === key) return "the dates in facts";
  if (by?.name === "row") return `the row function, version ${by.version}`;
  const made = part !== undefined
    ? `${format(part)} of `
    : by
    ? `${format(by.name)}, version ${by.version}, of `
    : "";
  const over = joins.length === 0 ? "" : ` over ${joins.map(format).join(", ")}`;
  return made + columns.map(format).join(", ") + over;
}

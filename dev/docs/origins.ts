import type { Model } from "../../schemas/model.ts";
import type { CalendarSpec } from "../../schemas/table.ts";
import { type ColumnLineage, lineageOf } from "../../sdk/derive/lineage.ts";
import { code } from "./markdown.ts";

/** Returns what each column of a warehouse table is made from, as Markdown. */
export function originsOf(name: string, model: Model): Readonly<Record<string, string>> {
  const table = model.warehouse.find((table) => table.name === name)!;
  if (table.kind === "calendar") return calendarOrigins(table);
  const lineage = Object.entries(lineageOf(table, model));
  return Object.fromEntries(lineage.map(([column, made]) => [column, origin(made)]));
}

function origin({ columns, joins, part, by }: ColumnLineage): string {
  if (by?.name === "row") return `the row function, version ${by.version}`;
  const over = joins.length === 0 ? "" : ` over ${joins.map(code).join(", ")}`;
  return taken(columns.map(code).join(", "), part ?? by?.name) + over;
}

function calendarOrigins({ key, columns }: CalendarSpec): Record<string, string> {
  return Object.fromEntries(
    Object.entries(columns).map(([name, { of = name, part, by }]) => [
      name,
      name === key ? "the dates in facts" : taken(code(of), part ?? by),
    ]),
  );
}

function taken(columns: string, what: string | undefined): string {
  return what === undefined ? columns : `${code(what)} of ${columns}`;
}

import type { CatalogueTable } from "../../../sdk/derive/catalogue.ts";
import { CONVERSION_COLUMNS, EXCHANGE_RATE_ON } from "../../../sdk/derive/converted_views.ts";
import { DELETED_AT, VALID_FROM, VALID_TO } from "../../../sdk/derive/ddl.ts";
import { code, markdownTable } from "../markdown.ts";

/** Returns the section about versions, with a fact as the example; empty without one. */
export function historySection(fact: CatalogueTable | undefined): string {
  if (!fact) return "";
  const surrogate = fact.columns.find(({ key }) => key === "primary")!.name;
  const both = `${code(VALID_FROM)}, ${code(VALID_TO)}`;
  const rows = [
    [code(fact.name), "table", "the current version of each row", code(VALID_FROM)],
    [code(`${fact.name}_history`), "table", "every superseded or deleted version", both],
    [
      code(`${fact.name}_versions`),
      "view",
      `both; ${code(VALID_TO)} is NULL for the current version`,
      both,
    ],
  ];
  return `## History of facts

Each fact is two tables and a view. Those of ${code(fact.name)}:

${markdownTable(["name", "kind", "holds", "in addition"], rows)}

${code(surrogate)} identifies a version, ${code(fact.key)} the row in the source. A version is
valid from ${code(VALID_FROM)} until just before ${
    code(VALID_TO)
  }; both are times of source snapshots.
When a row is deleted in the source, its last version moves to the history. The sections of the facts have
the queries for every version of one row, and for the rows at one time.

A dimension keeps no history: a change overwrites its row. A row that was deleted in the source stays
while a fact or its history refers to it, with the time of the deletion in ${code(DELETED_AT)}.`;
}

const SUFFIX = "_converted";

/** Returns the section about amounts in the reference currency; empty when no fact converts any. */
export function conversionSection(facts: readonly CatalogueTable[]): string {
  const rows = facts.flatMap(({ relations }) =>
    relations.filter(({ name }) => name.endsWith(SUFFIX)).flatMap(({ name, columns }) =>
      columns.filter((column) => column.name.endsWith(SUFFIX)).map((column) => [
        code(name),
        code(column.name.slice(0, -SUFFIX.length)),
        code(column.name),
      ])
    )
  );
  if (rows.length === 0) return "";
  return `## Amounts in the reference currency

A view has every column of its fact, ${CONVERSION_COLUMNS.map(code).join(", ")}, and the converted
amounts. The view ${code(EXCHANGE_RATE_ON)} has the rate of every date and currency.
[Sources](sources.md#amounts-in-one-currency) describes them.

${markdownTable(["view", "amount", "converted"], rows)}`;
}

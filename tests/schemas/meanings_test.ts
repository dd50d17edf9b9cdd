import { assertEquals } from "@std/assert";
import { type TableSpec, totesys } from "../../schemas/mod.ts";
import { resolveColumns } from "../../sdk/derive/resolve_columns.ts";
import { sourceModel, sourceNames } from "../../sdk/derive/source_model.ts";

/** Every phrase of the model, by its place: undefined where one is missing. */
function phrases(): [place: string, phrase: string | undefined][] {
  return sourceNames(totesys).flatMap((source) => {
    const model = sourceModel(totesys, source);
    return [
      ...model.source.flatMap((table) => phrasesOf(table, () => undefined)),
      ...model.warehouse.flatMap((table) => {
        const origins = "row" in table ? [] : resolveColumns(table, model);
        const copies = new Map(
          origins.filter(({ part, by }) => part === undefined && by === undefined)
            .map(({ name, columnSpec }) => [name, columnSpec.meaning]),
        );
        return phrasesOf(table, (name) => copies.get(name));
      }),
    ];
  });
}

function phrasesOf(
  table: TableSpec,
  inherited: (column: string) => string | undefined,
): [string, string | undefined][] {
  return [
    [table.name, table.meaning],
    ...Object.entries(table.columns).map(([name, column]): [string, string | undefined] => [
      `${table.name}.${name}`,
      column.meaning ?? inherited(name),
    ]),
  ];
}

Deno.test("every table and column of totesys has a meaning, its own or that of the column it copies", () => {
  assertEquals(phrases().filter(([, phrase]) => phrase === undefined), []);
});

Deno.test("a meaning is a short phrase: a capital letter, no full stop, at most 100 characters", () => {
  const isPhrase = (phrase = "") => /^[A-Z].{2,98}[^.]$/.test(phrase);
  assertEquals(phrases().filter(([, phrase]) => !isPhrase(phrase)), []);
});

Deno.test("names, contacts, addresses and bank accounts of the source are personal", () => {
  const personal = totesys.source.flatMap(({ name, columns }) =>
    Object.keys(columns).filter((column) => columns[column].personal).map((column) =>
      `${name}.${column}`
    )
  );
  assertEquals(personal.sort(), [
    "address.address_line_1",
    "address.address_line_2",
    "address.city",
    "address.district",
    "address.phone",
    "address.postal_code",
    "counterparty.commercial_contact",
    "counterparty.delivery_contact",
    "department.manager",
    "payment.company_ac_number",
    "payment.counterparty_ac_number",
    "staff.email_address",
    "staff.first_name",
    "staff.last_name",
  ]);
});

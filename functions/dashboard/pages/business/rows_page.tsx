/** The rows behind a part of a chart. */
import type { QueryRow } from "../../../../sdk/postgres/connection.ts";
import * as decimal from "../../../../sdk/analysis/decimal.ts";
import { AGES } from "../../data/business/charts.ts";
import { type Kind, KINDS, MAX_ROWS, type OrderRows } from "../../data/business/order_rows.ts";
import { parametersOf } from "../../data/business/filter.ts";
import { plural } from "../../layout/format.ts";
import { type Frame, Page } from "../../layout/page.tsx";
import { text, withMark } from "./view.ts";

const TITLES: Readonly<Record<Kind, string>> = {
  sales: "Sales orders",
  purchases: "Purchase orders",
  payments: "Payments",
};
const HEADS: Readonly<Record<string, string>> = {
  id: "Number",
  at: "Created",
  rate_date: "Rate date",
};
const NUMBERS = ["units", "price", "amount", "rate", "converted"];
const DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

/** The page. `found` is null for a warehouse that has not been loaded. */
export function RowsPage({ frame, found }: {
  readonly frame: Frame;
  readonly found: OrderRows | null;
}) {
  return (
    <Page frame={frame} title="Orders" section="Business">
      {found === null
        ? (
          <div class="head">
            <h1>The warehouse has no orders yet</h1>
          </div>
        )
        : <Rows found={found} />}
    </Page>
  );
}

function Rows({ found }: { readonly found: OrderRows }) {
  const { selection: { kind }, rows, hasMore, filter, origin, notes } = found;
  const columns = rows.length === 0 ? [] : Object.keys(rows[0]);
  const code = origin.referenceCurrency;
  return (
    <>
      <div class="head">
        <div>
          <p class="crumbs">
            <a href={`/business${withMark(parametersOf(filter))}`}>Business</a> ›
          </p>
          <h1>{TITLES[kind]}</h1>
          <p class="soft">{described(found).join(", ")}</p>
        </div>
      </div>
      {notes.map((note) => <p class="notice">{note}</p>)}
      <section class="card">
        <p class="sub">
          {hasMore
            ? `The newest ${MAX_ROWS} rows; there are more.`
            : rows.length === 0
            ? "No rows match."
            : plural(rows.length, "row")}
        </p>
        {rows.length > 0 && (
          <div class="wide-table" tabindex={0} role="region" aria-label={TITLES[kind]}>
            <table class="plain">
              <caption class="vh">{TITLES[kind]}</caption>
              <thead>
                <tr>
                  {columns.map((name) => (
                    <th scope="col" class={NUMBERS.includes(name) ? "n" : ""}>
                      {name === "converted" ? `In ${code}` : HEADS[name] ?? capitalized(name)}
                    </th>
                  ))}
                </tr>
              </thead>
              <tbody>
                {rows.map((row) => (
                  <tr>
                    {columns.map((name) =>
                      name === "id"
                        ? (
                          <th scope="row">
                            <a href={`/catalogue/${KINDS[kind].table}/${text(row, "id")}`}>
                              {text(row, "id")}
                              <span class="vh">: history</span>
                            </a>
                          </th>
                        )
                        : <Cell row={row} name={name} />
                    )}
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        )}
        <div class="foot">
          <a href={linkTo("sql", found)}>SQL</a>
          <a href={linkTo("csv", found)}>CSV</a>
        </div>
      </section>
      <p class="note">
        Amounts are exact. Rates and converted amounts are rounded here, and exact in the CSV. Each
        number links to the history of its row. Times are UTC.
      </p>
    </>
  );
}

function linkTo(kind: "sql" | "csv", { filter, selection: { kind: of, ...selected } }: OrderRows) {
  const parameters = parametersOf(filter);
  parameters.set("of", of);
  for (const [name, value] of Object.entries(selected)) {
    if (value !== null) parameters.set(name, String(value));
  }
  return `/business/rows.${kind}${withMark(parameters)}`;
}

/** A field. Quotients have many digits: those of a rate are in its title, and in the CSV. */
function Cell({ row, name }: { readonly row: QueryRow; readonly name: string }) {
  const value = text(row, name);
  if (!NUMBERS.includes(name)) return <td>{value}</td>;
  if (row[name] === null) return <td class="n soft">no rate</td>;
  if (name === "converted") return <td class="n" title={value}>{decimal.round(value, 2)}</td>;
  if (name === "rate") {
    return <td class="n" title={value}>{Number(Number(value).toPrecision(6))}</td>;
  }
  return <td class="n">{value}</td>;
}

/** What the rows have in common. */
function described({ selection, filter, rows }: OrderRows): string[] {
  const { design, counterparty, staff, weekday, hour, age } = selection;
  const { period, currency, department, country, asOf } = filter;
  const [first] = rows;
  return [
    age === null ? `${period.from} to ${period.to}` : ageOf(age),
    ...design === null ? [] : [`design ${design}`],
    ...counterparty === null || !first ? [] : [text(first, "counterparty")],
    ...staff === null || !first ? [] : [text(first, "staff")],
    ...weekday === null ? [] : [DAYS[weekday - 1]],
    ...hour === null
      ? []
      : [`${String(hour).padStart(2, "0")}:00 to ${String(hour).padStart(2, "0")}:59`],
    ...[currency, department, country].filter((one) => one !== null),
    ...asOf === null ? [] : [`as of ${asOf}`],
  ];
}

function ageOf(age: number): string {
  if (age === 0) return "unpaid, not due yet";
  return age === AGES.length
    ? "unpaid for over a year"
    : `unpaid for ${AGES[age - 1]} to ${AGES[age] - 1} days`;
}

function capitalized(name: string): string {
  return name[0].toUpperCase() + name.slice(1);
}

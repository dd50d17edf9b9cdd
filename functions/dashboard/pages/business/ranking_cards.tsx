/** What sells best, who buys most, and what is not paid. */
import type { QueryRow } from "../../../../sdk/postgres/connection.ts";
import { AGES, RANKED } from "../../data/business/charts.ts";
import { Bar } from "../../layout/bar.tsx";
import { Card } from "../../layout/card.tsx";
import { share } from "../../layout/format.ts";
import { Gap, Ranked, WithTick } from "./marks.tsx";
import { num, pairOf, text, total, type View } from "./view.ts";

const AGE_NAMES = [
  "not due yet",
  ...AGES.slice(0, -1).map((from, place) => `${from} to ${AGES[place + 1] - 1} days`),
  "over a year",
];
const OVER_A_YEAR = AGES.length;
const LATE = 2;

/** The designs that sold best. */
export function DesignsCard({ view }: { readonly view: View }) {
  const { rows: { designs, revenue } } = view;
  const sold = designs.filter((row) => num(row, "orders") > 0);
  const { now, missing } = pairOf(revenue, "amount");
  const title = sold.length === 0
    ? "No design was sold"
    : now > 0 && missing === 0
    ? `${text(sold[0], "name")} sold best: ${share(num(sold[0], "amount") / now)} of revenue`
    : `${text(sold[0], "name")} sold best`;
  return (
    <RankingCard
      view={view}
      chart="designs"
      title={title}
      caption="Designs by revenue"
      of="Design"
      href={(row) => view.rowsOf({ of: "sales", design: text(row, "name") })}
    />
  );
}

/** The counterparties that bought most. */
export function CounterpartiesCard({ view }: { readonly view: View }) {
  const { rows: { counterparties }, money } = view;
  const [first] = counterparties.filter((row) => num(row, "orders") > 0);
  return (
    <RankingCard
      view={view}
      chart="counterparties"
      title={first
        ? `${text(first, "name")} bought most: ${money.short(num(first, "amount"))}`
        : "No counterparty bought anything"}
      caption="Counterparties by revenue"
      of="Counterparty"
      href={(row) => view.rowsOf({ of: "sales", counterparty: text(row, "id") })}
    />
  );
}

/** Names by amount, with what is not in the amounts. */
function RankingCard({ view, chart, title, caption, of, href }: {
  readonly view: View;
  readonly chart: "designs" | "counterparties";
  readonly title: string;
  readonly caption: string;
  readonly of: string;
  readonly href: (row: QueryRow) => string;
}) {
  const { rows: { [chart]: rows }, money, before } = view;
  return (
    <Card
      id={chart}
      span={4}
      title={title}
      links={view.links(chart)}
      sub={<WithTick means={before}>{money.code} by {of.toLowerCase()}, top {RANKED}</WithTick>}
    >
      <Ranked view={view} caption={caption} of={of} rows={rows} href={href} />
      <Gap view={view} pair={pairOf(rows, "amount")} noun="order" />
    </Card>
  );
}

/** Payments that have not been made, by age. */
export function UnpaidCard({ view }: { readonly view: View }) {
  const { rows: { unpaid }, money, filter } = view;
  const [owed, owing] = [total(unpaid, "owed_to_us"), total(unpaid, "we_owe")];
  const missing = total(unpaid, "without_rate");
  const most = Math.max(...unpaid.map((row) => num(row, "owed_to_us"))) || 1;
  const old = num(unpaid[OVER_A_YEAR], "owed_to_us");
  const late = owed - num(unpaid[0], "owed_to_us");
  const title = missing > 0
    ? `We are owed at least ${money.short(owed)}`
    : owed === 0
    ? "Nobody owes us anything"
    : old > 0
    ? `${share(old / owed)} of what we are owed is over a year late`
    : late > 0
    ? `${share(late / owed)} of what we are owed is late`
    : `We are owed ${money.short(owed)}, and nothing is late`;
  const isFiltered = filter.department !== null || filter.country !== null;
  return (
    <Card
      id="unpaid"
      span={4}
      title={title}
      links={view.links("unpaid")}
      sub={`${money.code} unpaid, by days past the payment date, all periods${
        isFiltered ? ", by currency only" : ""
      }`}
    >
      <table class="list tight">
        <caption class="vh">Unpaid payments by age</caption>
        <thead>
          <tr>
            <th scope="col">Overdue</th>
            <th scope="col" class="w25">
              <span class="vh">Chart</span>
            </th>
            <th scope="col" class="n">Owed to us</th>
            <th scope="col" class="n">We owe</th>
          </tr>
        </thead>
        <tbody>
          {unpaid.map((row, age) => (
            <tr>
              <th scope="row">
                <a href={view.rowsOf({ of: "payments", age })}>{AGE_NAMES[age]}</a>
              </th>
              <td>
                <Bar
                  value={num(row, "owed_to_us") / most}
                  tone={age === OVER_A_YEAR ? "bad" : age > LATE ? "warn" : ""}
                />
              </td>
              <td class="n">{money.short(num(row, "owed_to_us"))}</td>
              <td class="n soft">{money.short(num(row, "we_owe"))}</td>
            </tr>
          ))}
        </tbody>
        <tfoot>
          <tr>
            <th scope="row">Total</th>
            <td></td>
            <td class="n">{money.short(owed)}</td>
            <td class="n soft">{money.short(owing)}</td>
          </tr>
        </tfoot>
      </table>
      <Gap view={view} pair={{ missing, missingBefore: 0 }} noun="unpaid payment" />
    </Card>
  );
}

/** Sales, purchases and payments over time. */
import { raw } from "hono/html";
import type { QueryRow } from "../../../../sdk/postgres/connection.ts";
import type { Step } from "../../charts/over_time.ts";
import { pointOf } from "../../data/business/filter.ts";
import { Card, type Span } from "../../layout/card.tsx";
import { share } from "../../layout/format.ts";
import { DashKey, Gap, LineKey } from "./marks.tsx";
import { num, pairOf, text, total, type View } from "./view.ts";
import { moved } from "./words.ts";

/** What a card over time is about. */
interface Topic {
  readonly chart: "revenue" | "purchases" | "payments";
  /** What the rows behind a point are of. */
  readonly kind: "sales" | "purchases" | "payments";
  /** What one row is. */
  readonly noun: string;
  /** The first word of the title. */
  readonly subject: string;
  /** What the amounts are of, and the date that counts. */
  readonly what: string;
  readonly column: string;
  readonly span: Span;
}

/** Revenue over time, in a wide card. */
export function RevenueCard({ view }: { readonly view: View }) {
  return (
    <OverTimeCard
      view={view}
      topic={{
        chart: "revenue",
        kind: "sales",
        noun: "order",
        subject: "Revenue",
        what: "by creation date of the order",
        column: "amount",
        span: 8,
      }}
    />
  );
}

/** What was bought over time. */
export function PurchasesCard({ view }: { readonly view: View }) {
  return (
    <OverTimeCard
      view={view}
      topic={{
        chart: "purchases",
        kind: "purchases",
        noun: "purchase order",
        subject: "Purchasing",
        what: "by creation date of the purchase order",
        column: "amount",
        span: 4,
      }}
    />
  );
}

/** Money received over time; what was spent is in the table. */
export function PaymentsCard({ view }: { readonly view: View }) {
  const { rows: { payments }, money } = view;
  const [received, spent] = [total(payments, "received"), total(payments, "spent")];
  const isComplete = total(payments, "without_rate") === 0;
  return (
    <OverTimeCard
      view={view}
      topic={{
        chart: "payments",
        kind: "payments",
        noun: "payment",
        subject: "Money received",
        what: "completed payments, by payment date",
        column: "received",
        span: 4,
      }}
      note={spent === 0
        ? undefined
        : `${isComplete ? "" : "At least "}${money.short(spent)} was paid out${
          received > 0 && isComplete ? `, ${share(spent / received)} of what came in` : ""
        }.`}
    />
  );
}

async function OverTimeCard({ view, topic, note }: {
  readonly view: View;
  readonly topic: Topic;
  readonly note?: string;
}) {
  // Not for pages without charts: the parts that draw take long to load.
  const { drawOverTime } = await import("../../charts/over_time.ts");
  const { filter, money, before } = view;
  const { period, country, department } = filter;
  const { chart, kind, column, span } = topic;
  const rows = view.rows[chart];
  const steps = rows.map((row): Step => ({
    until: text(row, "until"),
    amount: num(row, column),
    before: num(row, `${column}_before`),
    href: view.rowsOf({ of: kind }, pointOf(filter, text(row, "until"))),
  }));
  const pair = pairOf(rows, column);
  const unit = period.step === 1 ? "day" : period.step === 7 ? "week" : "4 weeks";
  const isEmpty = pair.now === 0 && pair.before === 0;
  const title = isEmpty
    ? `${topic.subject}: none in either period`
    : `${topic.subject} ${moved(pair, money.short)}`;
  const cut = period.days % period.step;
  const isUnfiltered = chart === "payments" && (country !== null || department !== null);
  return (
    <Card
      id={chart}
      span={span}
      title={title}
      links={view.links(chart)}
      sub={
        <>
          {money.code} per {unit}, {topic.what}
          {isUnfiltered && ", by currency only"}; {period.step === 1 ? <LineKey /> : <DashKey />}
          {" "}
          {before}
          {cut > 0 && `. The first point covers ${cut} of ${period.step} days`}
        </>
      }
      data={<StepTable view={view} rows={rows} kind={kind} column={column} unit={unit} />}
    >
      {isEmpty ? null : raw(
        drawOverTime({
          steps,
          days: period.step,
          label: `${title}. ${money.code} per ${unit}, compared with ${before}.`,
          isWide: span === 8,
          short: money.short,
          tick: money.tick,
        }),
      )}
      {note && <p class="note">{note}</p>}
      <Gap view={view} pair={pair} noun={topic.noun} />
    </Card>
  );
}

/** The numbers of a chart. Each step leads to its rows. */
function StepTable({ view, rows, kind, column, unit }: {
  readonly view: View;
  readonly rows: readonly QueryRow[];
  readonly kind: Topic["kind"];
  readonly column: string;
  readonly unit: string;
}) {
  const { money, filter } = view;
  const columns = column === "received"
    ? [["received", "Received"], ["received_before", "Before"], ["spent", "Paid out"]]
    : [["amount", money.code], ["amount_before", "Before"], ["orders", "Orders"]];
  return (
    <table class="plain">
      <caption class="vh">Amounts per {unit}</caption>
      <thead>
        <tr>
          <th scope="col">{unit === "day" ? "Day" : unit === "week" ? "Week to" : "4 weeks to"}</th>
          {columns.map(([, head]) => <th scope="col" class="n">{head}</th>)}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => {
          const until = text(row, "until");
          return (
            <tr>
              <th scope="row">
                <a href={view.rowsOf({ of: kind }, pointOf(filter, until))}>{until}</a>
              </th>
              {columns.map(([name]) => (
                <td class="n">
                  {name === "orders" ? text(row, name) : money.whole(text(row, name))}
                </td>
              ))}
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

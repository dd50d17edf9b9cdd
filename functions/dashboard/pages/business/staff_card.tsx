/** Each member of staff against the target, or against the period before. */
import type { QueryRow } from "../../../../sdk/postgres/connection.ts";
import { Bar } from "../../layout/bar.tsx";
import { Card } from "../../layout/card.tsx";
import { int, plural } from "../../layout/format.ts";
import { Gap, TickKey } from "./marks.tsx";
import { num, pairOf, text, total, type View } from "./view.ts";
import { changeText } from "./words.ts";

const SHOWN = 20;

/** Revenue per member of staff. */
export function StaffCard({ view }: { readonly view: View }) {
  const { rows: { staff }, filter, money, before } = view;
  const withTarget = staff.filter((row) => row.target !== null && num(row, "target") > 0);
  // A target is for all orders: of some currencies or countries only, nobody could reach it.
  const isComparable = withTarget.length > 0 && filter.currency === null &&
    filter.country === null &&
    total(staff, "target_without_rate") === 0 && total(staff, "without_rate") === 0;
  const compared = isComparable ? "target" : "amount_before";
  const reached = withTarget.filter((row) => num(row, "amount") >= num(row, "target")).length;
  const shown = staff.slice(0, SHOWN);
  const half = Math.ceil(shown.length / 2);
  const halves = [shown.slice(0, half), shown.slice(half)].filter(({ length }) => length > 0);
  const most = Math.max(...shown.flatMap((row) => [num(row, "amount"), num(row, compared)])) || 1;
  const [first] = staff;
  return (
    <Card
      id="staff"
      span={12}
      title={isComparable
        ? `${int(reached)} of ${int(withTarget.length)} members of staff reached their target`
        : first
        ? `${text(first, "name")} sold most: ${money.short(num(first, "amount"))}`
        : "Nobody sold anything"}
      links={view.links("staff")}
      sub={
        <>
          {money.code} sold per member of staff; <TickKey />{" "}
          {isComparable ? "target for this period, from the monthly targets" : before}.{" "}
          Orders: sales and purchase orders
        </>
      }
    >
      <div class="two">
        {halves.map((rows, place) => (
          <StaffTable {...{ view, rows, isComparable, compared, most }} part={place + 1} />
        ))}
      </div>
      <Gap view={view} pair={pairOf(staff, "amount")} noun="order" />
      {total(staff, "target_without_rate") > 0 && (
        <p class="note">
          Some targets have no exchange rate to {money.code}, so nobody is compared with a target.
        </p>
      )}
      {staff.length > SHOWN && (
        <p class="note">
          {plural(staff.length - SHOWN, "more member", "more members")} of staff in the CSV.
        </p>
      )}
    </Card>
  );
}

function StaffTable({ view, rows, isComparable, compared, most, part }: {
  readonly view: View;
  readonly rows: readonly QueryRow[];
  readonly isComparable: boolean;
  readonly compared: string;
  readonly most: number;
  readonly part: number;
}) {
  const { money } = view;
  return (
    <table class="list tight">
      <caption class="vh">Revenue per member of staff, part {part}</caption>
      <colgroup>
        <col class="c1" />
        <col class="c2 opt" />
        <col class="c3 opt" />
        <col class="c4" />
        <col class="c5" />
        <col class="c6" />
      </colgroup>
      <thead>
        <tr>
          <th scope="col">Name</th>
          <th scope="col" class="opt">Department</th>
          <th scope="col" class="opt">
            <span class="vh">Chart</span>
          </th>
          <th scope="col" class="n">{money.code}</th>
          <th scope="col" class="n">{isComparable ? "vs target" : "Change"}</th>
          <th scope="col" class="n">Orders</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => {
          const [amount, other] = [num(row, "amount"), num(row, compared)];
          const hasReached = !isComparable || amount >= other;
          return (
            <tr>
              <th scope="row">
                <a href={view.rowsOf({ of: "sales", staff: text(row, "id") })}>
                  {text(row, "name")}
                </a>
              </th>
              <td class="soft opt">{text(row, "department")}</td>
              <td class="opt">
                <Bar
                  value={amount / most}
                  tick={other > 0 && (isComparable || num(row, "without_rate_before") === 0)
                    ? other / most
                    : undefined}
                  tone={hasReached ? "" : "ghost"}
                />
              </td>
              <td class="n">{money.short(amount)}</td>
              <td class={`n ${hasReached && isComparable ? "" : "soft"}`}>
                {isComparable
                  ? other > 0 ? difference(amount - other, money.short) : "no target"
                  : changeText(pairOf([row], "amount"))}
              </td>
              <td class="n" title={handledText(row)}>{int(num(row, "handled"))}</td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

function handledText(row: QueryRow): string {
  return `${plural(num(row, "orders"), "sale")} and ${plural(num(row, "purchases"), "purchase")}`;
}

function difference(amount: number, short: (amount: number) => string): string {
  return amount >= 0 ? `+${short(amount)}` : short(amount);
}

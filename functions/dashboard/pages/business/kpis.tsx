/** The five numbers at the top. */
import { change, int, share } from "../../layout/format.ts";
import { num, type View } from "./view.ts";
import { isNone, ratioOf } from "./words.ts";

const OVER_A_YEAR = 5;

/** The five numbers. */
export function Kpis({ view: { rows, money } }: { readonly view: View }) {
  const [kpi] = rows.kpi;
  const of = (column: string) => [num(kpi, column), num(kpi, `${column}_before`)] as const;
  const [amount, amountBefore] = of("amount");
  const [orders, ordersBefore] = of("orders");
  const [units, unitsBefore] = of("units");
  // Orders without a rate are not in the amount.
  const average = orders > num(kpi, "without_rate")
    ? amount / (orders - num(kpi, "without_rate"))
    : 0;
  const averageBefore = ordersBefore > num(kpi, "without_rate_before")
    ? amountBefore / (ordersBefore - num(kpi, "without_rate_before"))
    : 0;
  const late = rows.unpaid.filter((row) => num(row, "age_class") > 0);
  const overdue = late.reduce((sum, row) => sum + num(row, "owed_to_us"), 0);
  const old = late.filter((row) => num(row, "age_class") === OVER_A_YEAR)
    .reduce((sum, row) => sum + num(row, "owed_to_us"), 0);
  return (
    <dl class="kpis">
      <Kpi name="Revenue" now={amount} before={amountBefore} write={money.short} />
      <Kpi name="Orders" now={orders} before={ordersBefore} write={int} />
      <Kpi name="Totes sold" now={units} before={unitsBefore} write={shortCount} />
      <Kpi name="Average order" now={average} before={averageBefore} write={money.short} />
      <div>
        <dt>Overdue to us</dt>
        <dd>{money.short(overdue)}</dd>
        <dd class="delta soft">
          {overdue > 0 ? `${share(old / overdue)} for over a year` : "nothing is late"}
        </dd>
      </div>
    </dl>
  );
}

/** A count with three digits: `73.3m`. */
function shortCount(n: number): string {
  if (n < 10_000) return int(n);
  const [size, unit] = n >= 999.5e6
    ? [1e9, "bn"] as const
    : n >= 999.5e3
    ? [1e6, "m"] as const
    : [1e3, "k"] as const;
  return `${(n / size).toFixed(n / size < 99.95 ? 1 : 0)}${unit}`;
}

function Kpi({ name, now, before, write }: {
  readonly name: string;
  readonly now: number;
  readonly before: number;
  readonly write: (n: number) => string;
}) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{write(now)}</dd>
      <dd class="delta">
        <Change ratio={ratioOf(now, before)} /> <span class="soft">from {write(before)}</span>
      </dd>
    </div>
  );
}

function Change({ ratio }: { readonly ratio: number | null }) {
  if (ratio === null) return null;
  const [tone, sign] = isNone(ratio) ? ["soft", "="] : ratio > 0 ? ["up", "▲"] : ["down", "▼"];
  return (
    <span class={tone}>
      <span aria-hidden="true">{sign}</span> {isNone(ratio) ? "unchanged" : change(ratio)}
    </span>
  );
}

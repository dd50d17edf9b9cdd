/** The five numbers at the top. */
import { change, int, share } from "../../layout/format.ts";
import { num, pairOf, total, type View } from "./view.ts";
import { isNone, type Pair, ratioOf } from "./words.ts";

const OVER_A_YEAR = 5;

/** The five numbers. */
export function Kpis({ view: { rows, money } }: { readonly view: View }) {
  const revenue = pairOf(rows.revenue, "amount");
  const orders = pairOf(rows.revenue, "orders", false);
  const late = rows.unpaid.filter((row) => num(row, "age_class") > 0);
  const overdue = total(late, "owed_to_us");
  const old = total(late.filter((row) => num(row, "age_class") === OVER_A_YEAR), "owed_to_us");
  const isLeast = total(rows.unpaid, "without_rate") > 0;
  return (
    <dl class="kpis">
      <Kpi name="Revenue" pair={revenue} write={money.short} />
      <Kpi name="Orders" pair={orders} write={int} />
      <Kpi name="Totes sold" pair={pairOf(rows.revenue, "units", false)} write={shortCount} />
      <Kpi name="Average order" pair={averageOf(revenue, orders)} write={money.short} />
      <div>
        <dt>Owed to us, overdue</dt>
        <dd>{isLeast && "≥ "}{money.short(overdue)}</dd>
        <dd class="delta soft">
          {overdue > 0 ? `${share(old / overdue)} over a year late` : "nothing is late"}
        </dd>
      </div>
    </dl>
  );
}

/** The average of the orders that have a rate: it is no sum, and complete if there is one. */
function averageOf(revenue: Pair, orders: Pair): Pair {
  const average = (amount: number, count: number) => count > 0 ? amount / count : 0;
  return {
    now: average(revenue.now, orders.now - revenue.missing),
    before: average(revenue.before, orders.before - revenue.missingBefore),
    missing: revenue.missing,
    missingBefore: revenue.missingBefore,
  };
}

/** A count with three digits: `73.3m`. */
function shortCount(n: number): string {
  if (n < 10_000) return int(n);
  const [size, unit] = n >= 999.5e6 ? [1e9, "bn"] : n >= 999.5e3 ? [1e6, "m"] : [1e3, "k"];
  const scaled = n / Number(size);
  return `${scaled.toFixed(scaled < 99.95 ? 1 : 0)}${unit}`;
}

function Kpi({ name, pair, write }: {
  readonly name: string;
  readonly pair: Pair;
  readonly write: (n: number) => string;
}) {
  const { now, before, missing, missingBefore } = pair;
  const ratio = ratioOf(pair);
  return (
    <div>
      <dt>{name}</dt>
      <dd>{write(now)}</dd>
      <dd class="delta">
        {ratio !== null && <Change ratio={ratio} />}{" "}
        <span class="soft">
          {missing + missingBefore > 0
            ? "only orders with a rate"
            : before > 0
            ? `from ${write(before)}`
            : "none before"}
        </span>
      </dd>
    </div>
  );
}

function Change({ ratio }: { readonly ratio: number }) {
  const [tone, sign] = isNone(ratio) ? ["soft", "="] : ratio > 0 ? ["up", "▲"] : ["down", "▼"];
  return (
    <span class={tone}>
      <span aria-hidden="true">{sign}</span> {isNone(ratio) ? "unchanged" : change(ratio)}
    </span>
  );
}

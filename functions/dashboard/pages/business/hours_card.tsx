/** When orders are made: weekday by hour. */
import { Card } from "../../layout/card.tsx";
import { num, type View } from "./view.ts";
import { listed } from "../../layout/format.ts";

const DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const SATURDAY = 6;
const [MORNING, EVENING] = [6, 20];

/** The heat map, as a table with its numbers. */
export function HoursCard({ view }: { readonly view: View }) {
  const cells = view.rows.hours.map((row) => ({
    weekday: num(row, "weekday"),
    hour: num(row, "hour"),
    orders: num(row, "orders"),
  }));
  const busiest = cells.reduce((a, b) => b.orders > a.orders ? b : a, {
    weekday: 1,
    hour: 0,
    orders: 0,
  });
  const least = Math.min(...cells.map(({ orders }) => orders));
  const empty = [
    ...cells.every(({ hour }) => hour > MORNING && hour < EVENING) ? ["nights"] : [],
    ...cells.every(({ weekday }) => weekday < SATURDAY) ? ["weekends"] : [],
  ];
  const isTied = cells.filter(({ orders }) => orders === busiest.orders).length > 1;
  const quiet = empty.length > 0 && view.filter.period.days >= 7
    ? `; ${listed(empty, Infinity)} are empty`
    : "";
  const hours = range(cells.map(({ hour }) => hour));
  const weekdays = range(cells.map(({ weekday }) => weekday));
  const counts = new Map(cells.map(({ weekday, hour, orders }) => [`${weekday} ${hour}`, orders]));
  const heat = { view, counts, least, most: busiest.orders };
  return (
    <Card
      id="hours"
      span={8}
      title={cells.length === 0
        ? "No orders in this period"
        : isTied
        ? `No hour stands out${quiet}`
        : `Busiest hour: ${DAYS[busiest.weekday - 1]} ${twoDigits(busiest.hour)}:00${quiet}`}
      links={view.links("hours")}
      sub="Orders by weekday and hour of creation, UTC"
    >
      {cells.length === 0 ? <p class="note">Only the period before has orders.</p> : (
        <>
          <Heat {...heat} rows={weekdays} columns={hours} isByHour={false} />
          <Heat {...heat} rows={hours} columns={weekdays} isByHour />
        </>
      )}
    </Card>
  );
}

/** The heat map: with a row for each weekday, or for each hour where there is less room. */
function Heat({ view, counts, least, most, rows, columns, isByHour }: {
  readonly view: View;
  /** Orders by weekday and hour: `1 14`. */
  readonly counts: ReadonlyMap<string, number>;
  readonly least: number;
  readonly most: number;
  readonly rows: readonly number[];
  readonly columns: readonly number[];
  readonly isByHour: boolean;
}) {
  const nameOf = (value: number, isHour: boolean) => isHour ? twoDigits(value) : DAYS[value - 1];
  return (
    <table class={`heat ${isByHour ? "narrow" : "wide"}`}>
      <caption class="vh">Orders by weekday and hour</caption>
      <thead>
        <tr>
          <td></td>
          {columns.map((column) => <th scope="col">{nameOf(column, !isByHour)}</th>)}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr>
            <th scope="row">{nameOf(row, isByHour)}</th>
            {columns.map((column) => {
              const [weekday, hour] = isByHour ? [column, row] : [row, column];
              const orders = counts.get(`${weekday} ${hour}`) ?? 0;
              return (
                <td class={orders === 0 ? "" : `q${classOf(orders, least, most)}`}>
                  {orders === 0
                    ? <span class="soft">0</span>
                    : <a href={view.rowsOf({ of: "sales", weekday, hour })}>{shortest(orders)}</a>}
                </td>
              );
            })}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** Every number from the least to the greatest. */
function range(values: readonly number[]): number[] {
  const least = Math.min(...values);
  return values.length === 0
    ? []
    : Array.from({ length: Math.max(...values) - least + 1 }, (_, place) => least + place);
}

/** Five classes between the least and the most. */
function classOf(orders: number, least: number, most: number): number {
  return most === least ? 3 : 1 + Math.min(4, Math.floor((orders - least) / (most - least) * 5));
}

/** A cell has room for three or four characters. */
function shortest(orders: number): string {
  if (orders < 1_000) return String(orders);
  if (orders < 9_950) return `${(orders / 1e3).toFixed(1)}k`;
  return orders < 999_500 ? `${Math.round(orders / 1e3)}k` : `${(orders / 1e6).toFixed(1)}m`;
}

function twoDigits(hour: number): string {
  return String(hour).padStart(2, "0");
}

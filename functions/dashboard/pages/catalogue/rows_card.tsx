import { raw } from "hono/html";
import { type DayRows, DAYS } from "../../data/catalogue/rows_per_day.ts";
import { Card } from "../../layout/card.tsx";
import { int, plural } from "../../layout/format.ts";
import { PlainTable } from "../../layout/plain_table.tsx";

/** How many rows a fact has of each day. */
export async function RowsCard({ days, column }: {
  readonly days: readonly DayRows[];
  readonly column: string;
}) {
  if (days.length === 0) return null;
  // The libraries that draw take 0.1 s to import: a page without a chart does without them.
  const { drawDayBars } = await import("../../charts/day_bars.ts");
  const rows = days.reduce((sum, { rows }) => sum + rows, 0);
  const title = `About ${plural(Math.round(rows / days.length), "new row")} a day`;
  return (
    <Card
      id="rows"
      span={12}
      title={title}
      sub={`Rows by ${column}, last ${DAYS / 7} weeks; the average is of days with rows`}
      data={
        <PlainTable
          caption="Rows per day"
          heads={["Day", "Rows"]}
          rows={days.toReversed().map(({ day, rows }) => [day, int(rows)])}
        />
      }
    >
      {raw(drawDayBars(days, DAYS, `Bars: rows per day of ${column}. ${title}.`))}
    </Card>
  );
}

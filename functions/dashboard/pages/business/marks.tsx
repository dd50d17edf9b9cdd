/** The keys of subtitles, and the table that ranks names by amounts. */
import type { Child } from "hono/jsx";
import type { QueryRow } from "../../../../sdk/postgres/connection.ts";
import { Bar } from "../../layout/bar.tsx";
import { num, text, type View } from "./view.ts";
import { changeText } from "./words.ts";

/** The dashed line of the period before. */
export function DashKey() {
  return (
    <svg class="key" width="16" height="10" aria-hidden="true">
      <path class="dash" d="M0 5h16" />
    </svg>
  );
}

/** The short line of the day before. */
export function LineKey() {
  return (
    <svg class="key" width="14" height="10" aria-hidden="true">
      <rect class="tick" y="4" width="14" height="2" />
    </svg>
  );
}

/** The tick on a bar. */
export function TickKey() {
  return (
    <svg class="key" width="10" height="10" aria-hidden="true">
      <rect class="tick" x="4" width="2" height="10" />
    </svg>
  );
}

/** Ranks rows by their amount. Each name leads to its rows, if `href` says where. */
export function Ranked({ view, caption, of, rows, column = "amount", write, unit, href }: {
  readonly view: View;
  readonly caption: string;
  readonly of: string;
  readonly rows: readonly QueryRow[];
  readonly column?: string;
  readonly write?: (amount: number) => string;
  readonly unit: string;
  readonly href: (row: QueryRow) => string;
}) {
  const short = write ?? view.money.short;
  const before = `${column}_before`;
  const most = Math.max(...rows.flatMap((row) => [num(row, column), num(row, before)])) || 1;
  return (
    <table class="list tight ranked">
      <caption class="vh">{caption}</caption>
      <thead>
        <tr>
          <th scope="col">{of}</th>
          <th scope="col" class="n">{unit}</th>
          <th scope="col" class="n">Change</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => {
          const [now, was] = [num(row, column), num(row, before)];
          return (
            <tr>
              <th scope="row" class="over">
                <span title={text(row, "name")}>
                  <a href={href(row)}>{text(row, "name")}</a>
                </span>
                <Bar value={now / most} tick={was / most} />
              </th>
              <td class="n">{short(now)}</td>
              <td class="n soft">{changeText(now, was)}</td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

/** A subtitle that ends with the key of the tick. */
export function WithTick(
  { children, means }: { readonly children: Child; readonly means: string },
) {
  return (
    <>
      {children}; <TickKey /> {means}
    </>
  );
}

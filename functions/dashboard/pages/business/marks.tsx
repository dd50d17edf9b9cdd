/** The keys of subtitles, and the table that ranks names by amounts. */
import type { Child } from "hono/jsx";
import type { QueryRow } from "../../../../sdk/postgres/connection.ts";
import { Bar } from "../../layout/bar.tsx";
import { Icon } from "../../layout/icon.tsx";
import { num, pairOf, text, type View } from "./view.ts";
import { changeText, gapText, type Pair } from "./words.ts";

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
export function Ranked({ view, caption, of, rows, href }: {
  readonly view: View;
  readonly caption: string;
  readonly of: string;
  readonly rows: readonly QueryRow[];
  readonly href: (row: QueryRow) => string;
}) {
  const { short, code } = view.money;
  const most =
    Math.max(...rows.flatMap((row) => [num(row, "amount"), num(row, "amount_before")])) ||
    1;
  return (
    <table class="list tight ranked">
      <caption class="vh">{caption}</caption>
      <thead>
        <tr>
          <th scope="col">{of}</th>
          <th scope="col" class="n">{code}</th>
          <th scope="col" class="n">Change</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => {
          const pair = pairOf([row], "amount");
          const { now, before } = pair;
          return (
            <tr>
              <th scope="row" class="over">
                <span title={text(row, "name")}>
                  <a href={href(row)}>{text(row, "name")}</a>
                </span>
                <Bar value={now / most} tick={pair.missingBefore > 0 ? undefined : before / most} />
              </th>
              <td class="n">{short(now)}</td>
              <td class="n soft">{changeText(pair)}</td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

/** Says which orders are not in the amounts of a card. */
export function Gap({ view, pair, noun }: {
  readonly view: View;
  readonly pair: Pick<Pair, "missing" | "missingBefore">;
  readonly noun: string;
}) {
  const text = gapText(pair, noun, view.before, view.money.code);
  return text === null ? null : (
    <p class="note gap">
      <Icon tone="warn" size={14} /> {text}
    </p>
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

import type { TableState } from "../../data/operations/operations.ts";
import { Card } from "../../layout/card.tsx";
import { age, int, listed, plural } from "../../layout/format.ts";
import { Icon } from "../../layout/icon.tsx";
import { Hours } from "./hours.tsx";

/** Rows of the table; a model can have many more tables. */
const SHOWN = 13;

/** One row is not worth a line that counts it. */
function shownOf(tables: number): number {
  return tables <= SHOWN + 1 ? tables : SHOWN;
}

/** Returns about how high the list is, in pixels: the chart at its left is as high. */
export function tableListHeight(tables: number): number {
  return Math.max(230, 24 + 27 * shownOf(tables));
}

/** How far every table is behind, and when it changed: the worst tables first. */
export function TablesCard({ tables, now }: {
  readonly tables: readonly TableState[];
  readonly now: Date;
}) {
  const sorted = tables.toSorted((a, b) => severity(b) - severity(a));
  const shown = sorted.slice(0, shownOf(tables.length));
  const rest = sorted.slice(shown.length);
  return (
    <Card
      id="tables"
      span={5}
      title={tablesTitle(tables)}
      sub="Time behind the source, and changes by hour in the last 24 hours"
      links={[["Catalogue", "/catalogue"]]}
    >
      <TableList tables={shown} now={now} />
      {rest.length > 0 && (
        <details class="more">
          <summary>{restTitle(rest)}</summary>
          <TableList tables={rest} now={now} />
        </details>
      )}
    </Card>
  );
}

function TableList({ tables, now }: {
  readonly tables: readonly TableState[];
  readonly now: Date;
}) {
  return (
    <table class="list tight">
      <caption class="vh">Freshness per table</caption>
      <thead>
        <tr>
          <th scope="col">Table</th>
          <th scope="col" class="n">Behind</th>
          <th scope="col">Changes</th>
          <th scope="col" class="n opt">Last change</th>
          <th scope="col" class="n">Rows</th>
        </tr>
      </thead>
      <tbody>{tables.map((table) => <TableRow state={table} now={now} />)}</tbody>
    </table>
  );
}

function TableRow({ state, now }: { readonly state: TableState; readonly now: Date }) {
  const { table, stopped, is_late, behind_ms, changes_by_hour, last_change } = state;
  const tone = stopped ? "warn" : is_late ? "bad" : null;
  return (
    <tr>
      <th scope="row" class="cut">
        <a href={`/catalogue/${encodeURIComponent(table)}`} title={table}>{table}</a>
      </th>
      <td class="n">
        {tone && <Icon tone={tone} size={12} />}{" "}
        {stopped ? "stopped" : behind_ms === null ? "–" : age(behind_ms)}
      </td>
      <td>
        <Hours counts={changes_by_hour} />
      </td>
      <td class="n soft opt">
        {last_change === null ? "–" : age(now.getTime() - Date.parse(last_change))}
      </td>
      <td class="n">{rowsOf(state)}</td>
    </tr>
  );
}

function rowsOf({ rows, rows_exact }: TableState): string {
  return rows === null ? "–" : rows_exact ? int(rows) : `≈ ${int(rows)}`;
}

function severity({ stopped, is_late }: TableState): number {
  return stopped ? 2 : is_late ? 1 : 0;
}

function tablesTitle(tables: readonly TableState[]): string {
  const stopped = tables.filter(({ stopped }) => stopped).map(({ table }) => table);
  const late = tables.filter(({ is_late }) => is_late);
  if (stopped.length > 0) {
    return `${listed(stopped)} ${stopped.length === 1 ? "is" : "are"} stopped`;
  }
  if (late.length === 0) {
    const isOne = tables.length === 1;
    return isOne
      ? "The table is within its objective"
      : `All ${int(tables.length)} tables are within their objectives`;
  }
  if (late.length === tables.length) return `All ${int(late.length)} tables are late`;
  return `${int(late.length)} of ${int(tables.length)} tables ${
    late.length === 1 ? "is" : "are"
  } late`;
}

function restTitle(rest: readonly TableState[]): string {
  const late = rest.filter(({ is_late }) => is_late).length;
  const tables = plural(rest.length, "more table");
  if (late === 0) return `${tables}, within their objectives`;
  return `${tables}, ${late === rest.length ? "all" : int(late)} late`;
}

import type { Quarantine, QuarantineReason } from "../../data/operations/operations.ts";
import { Card } from "../../layout/card.tsx";
import { Command } from "../../layout/command.tsx";
import { int, moment, plural } from "../../layout/format.ts";

/** Reasons listed; the command lists them all. */
const SHOWN = 6;

/** The rows that were not loaded, by reason: which, why, and how to release them. */
export function QuarantineCard({ quarantine, now }: {
  readonly quarantine: Quarantine;
  readonly now: Date;
}) {
  const { rows, reasons, limit, list, retry } = quarantine;
  if (rows === 0) {
    return (
      <Card
        id="quarantine"
        span={12}
        title="No rows in quarantine"
      >
        <p class="soft">Rows with invalid values are listed here, with the reason.</p>
      </Card>
    );
  }
  const shown = reasons.slice(0, SHOWN);
  const rest = reasons.slice(SHOWN);
  const verb = rows === 1 ? "is" : "are";
  const over = rows > limit ? `, more than the limit of ${int(limit)}` : "";
  return (
    <Card
      id="quarantine"
      span={12}
      attention
      title={`${plural(rows, "row")} ${verb} in quarantine${over}; every other row is loaded`}
      sub="Fix a row in the source: the next run loads it."
    >
      <table class="list reasons">
        <caption class="vh">Rows in quarantine by reason</caption>
        <thead>
          <tr>
            <th scope="col">Table</th>
            <th scope="col" class="n">Rows</th>
            <th scope="col">What is wrong, and how to see it</th>
          </tr>
        </thead>
        <tbody>{shown.map((reason) => <ReasonRow reason={reason} now={now} />)}</tbody>
      </table>
      {rest.length > 0 && (
        <p class="note">
          And {plural(rest.length, "other reason")} for{" "}
          {plural(rest.reduce((sum, { rows }) => sum + rows, 0), "row")}.
        </p>
      )}
      {quarantine.has_more && <p class="note">The reasons are those of the oldest 1,000 rows.</p>}
      <ul class="commands">
        <li>
          <span class="soft">List every row</span> <Command text={list} />
        </li>
        <li>
          <span class="soft">Release rows that were fixed</span> <Command text={retry} />
        </li>
      </ul>
    </Card>
  );
}

function ReasonRow({ reason, now }: { readonly reason: QuarantineReason; readonly now: Date }) {
  const { table, column, rule, orphaned, rows, since, examples } = reason;
  const [example] = examples;
  return (
    <tr>
      <th scope="row" class="name">{table}</th>
      <td class="n">{int(rows)}</td>
      <td>
        <p>
          {column === null ? "The row" : <code>{column}</code>} {rule}{" "}
          <span class="soft">
            since {moment(new Date(since), now)}
            {orphaned && "; loaded when that row arrives"}
          </span>
        </p>
        {example && <Command text={example.show} />}
      </td>
    </tr>
  );
}

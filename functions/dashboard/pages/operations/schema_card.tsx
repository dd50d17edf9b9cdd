import type { SchemaChange } from "../../data/operations/operations.ts";
import { Card } from "../../layout/card.tsx";
import { Command } from "../../layout/command.tsx";
import { Event } from "../../layout/event.tsx";
import { listed, moment, plural } from "../../layout/format.ts";
import { NEXT } from "./commands.ts";

/** Differences listed; the command lists them all. */
const SHOWN = 5;

/** Differences between the source and the specs; those that stop a table come first. */
export function SchemaCard({ changes, now }: {
  readonly changes: readonly SchemaChange[];
  readonly now: Date;
}) {
  const rest = changes.length - SHOWN;
  return (
    <Card
      id="schema"
      span={12}
      attention={changes.some(({ stops }) => stops)}
      title={schemaTitle(changes)}
    >
      {changes.length === 0
        ? <p class="soft">New columns, dropped tables and changed types are reported here.</p>
        : (
          <ul class="events">
            {changes.slice(0, SHOWN).map((change) => <Change change={change} now={now} />)}
            {rest > 0 && (
              <Event then={<Command text={NEXT.status} />}>And {plural(rest, "other")}:</Event>
            )}
          </ul>
        )}
    </Card>
  );
}

function Change({ change, now }: { readonly change: SchemaChange; readonly now: Date }) {
  const { table, column, kind, stops, message, since } = change;
  return (
    <Event
      tone={stops ? "bad" : "warn"}
      when={moment(new Date(since), now)}
      then={message ??
        (stops ? "The table is not loaded until this is fixed." : "The table is still loaded.")}
    >
      <code>{column === null ? table : `${table}.${column}`}</code> {kind}
      {stops && "; the table is stopped"}
    </Event>
  );
}

function schemaTitle(changes: readonly SchemaChange[]): string {
  const stopped = [...new Set(changes.filter(({ stops }) => stops).map(({ table }) => table))];
  if (stopped.length > 0) {
    return `A schema change stopped ${listed(stopped)}`;
  }
  if (changes.length === 0) return "The source schema matches the model";
  return `${plural(changes.length, "schema change")} in the source; no table is stopped`;
}

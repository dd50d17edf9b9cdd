import type { Child } from "hono/jsx";
import type { Operations, TableState } from "../../data/operations/operations.ts";
import type { Tone } from "../../assets.ts";
import { Card } from "../../layout/card.tsx";
import { Command } from "../../layout/command.tsx";
import { Event } from "../../layout/event.tsx";
import { int, plural } from "../../layout/format.ts";
import { Icon } from "../../layout/icon.tsx";
import { type Frame, Page } from "../../layout/page.tsx";
import { PlainTable } from "../../layout/plain_table.tsx";
import { Verdict } from "../../layout/verdict.tsx";
import { NEXT } from "./commands.ts";
import { verdictWords } from "./verdict.ts";

/** Soon there is more to see. */
const REFRESH_SECONDS = 10;

/** The page until the first load is done: what to do, how far it is, and what will be seen here. */
export function StartPage({ frame, operations }: {
  readonly frame: Frame;
  readonly operations: Operations;
}) {
  const { tone, title, detail, why, next } = verdictWords(operations);
  return (
    <Page
      frame={frame}
      section="Operations"
      title={title}
      tone={tone}
      refresh={REFRESH_SECONDS}
    >
      <Verdict tone={tone} title={`${title}:`} detail={detail} next={next}>
        <p>{why}</p>
      </Verdict>
      <div class="grid">
        <Card id="steps" span={7} title="Four steps to a warehouse that stays in sync">
          <ol class="steps">
            <Step number={1} tone="ok" command={NEXT.help} note="The settings are complete.">
              Set the addresses of the source, the lake and the warehouse
            </Step>
            <Step number={2} command={NEXT.run} note={<Progress operations={operations} />}>
              Load every table; an interrupted load continues where it stopped
            </Step>
            <Step number={3} command={NEXT.verify} note="When the first load is done.">
              Compare every value with the source
            </Step>
            <Step number={4} command={NEXT.deploy} note="Then this page shows how fresh it is.">
              Run it every minute
            </Step>
          </ol>
        </Card>
        {operations.verdict.status === "loading"
          ? <LoadedTables tables={operations.tables} />
          : <Expectations />}
      </div>
    </Page>
  );
}

function Expectations() {
  return (
    <Card id="expect" span={5} title="What you will see here">
      <ul class="events">
        <Event then="With the command to run when it is late.">
          How far the warehouse is behind the source, in one line
        </Event>
        <Event then="With the time of each stage, and the error of a run that failed.">
          Every run: its rows, bytes and outcome
        </Event>
        <Event then="With the reason, and the command that shows the row.">
          Every row that could not be loaded
        </Event>
        <Event then="Deleted rows that were found, and the proof that every value is equal.">
          Every comparison with the source
        </Event>
      </ul>
    </Card>
  );
}

/** Tables listed; a model can have many more. */
const SHOWN = 14;

/** What is there so far, the largest tables first. */
function LoadedTables({ tables }: { readonly tables: readonly TableState[] }) {
  const filled = tables.filter(({ rows }) => (rows ?? 0) > 0)
    .sort((a, b) => b.rows! - a.rows!);
  const rest = filled.length - SHOWN;
  return (
    <Card
      id="loaded"
      span={5}
      title={`${int(filled.length)} of ${plural(tables.length, "table")} ${
        filled.length === 1 ? "has" : "have"
      } rows`}
    >
      <PlainTable
        caption="Rows so far"
        heads={["Table", "Rows so far"]}
        rows={filled.slice(0, SHOWN).map(({ table, rows }) => [table, int(rows!)])}
      />
      {rest > 0 && <p class="note">And {plural(rest, "smaller table")}.</p>}
    </Card>
  );
}

function Step({ number, tone, command, note, children }: {
  readonly number: number;
  readonly tone?: Tone;
  readonly command: string;
  readonly note: Child;
  readonly children?: Child;
}) {
  return (
    <li>
      <span class="no">{tone ? <Icon tone={tone} size={24} /> : number}</span>
      <div>
        <p>{children}</p>
        <Command text={command} />
        <div class="soft">{note}</div>
      </div>
    </li>
  );
}

/** Rows so far. The total is unknown: the dashboard does not read the source. */
function Progress({ operations: { verdict, tables } }: { readonly operations: Operations }) {
  if (verdict.status === "empty") return <>It has not started.</>;
  const filled = tables.filter(({ rows }) => (rows ?? 0) > 0);
  const rows = filled.reduce((sum, { rows }) => sum + rows!, 0);
  return (
    <>
      {plural(rows, "row")} in {plural(filled.length, "table")} so far.
    </>
  );
}

import type { Catalogue, CatalogueTable } from "../../../../sdk/derive/catalogue.ts";
import type { ExampleRow } from "../../data/catalogue/example_row.ts";
import { dateColumnOf, type DayRows } from "../../data/catalogue/rows_per_day.ts";
import type { TableFacts } from "../../data/catalogue/table_facts.ts";
import type { TableState } from "../../data/operations/operations.ts";
import { age, int } from "../../layout/format.ts";
import { type Frame, Page } from "../../layout/page.tsx";
import { tableAddress } from "./address.ts";
import { ColumnsCard } from "./columns_card.tsx";
import { Figures, Freshness, rowsText, timeText } from "./figures.tsx";
import { FindRowCard } from "./find_row_card.tsx";
import { FlowCard } from "./flow_card.tsx";
import { QueriesCard } from "./queries_card.tsx";
import { RowsCard } from "./rows_card.tsx";
import { StarCard } from "./star_card.tsx";
import { UnreadNote } from "./unread_note.tsx";

/** One table: how it is, its columns, where it comes from, what is around it, and queries. */
export function TablePage({ frame, table, catalogue, facts, example, days }: {
  readonly frame: Frame;
  readonly table: CatalogueTable;
  readonly catalogue: Catalogue;
  readonly facts: TableFacts;
  readonly example: ExampleRow | null;
  readonly days: readonly DayRows[];
}) {
  const { name, kind, meaning } = table;
  const state = facts.tables.get(name);
  return (
    <Page frame={frame} title={name} section="Catalogue">
      <div class="head">
        <div>
          <p class="crumbs">
            <a href="/catalogue">Catalogue</a> / {kind}
          </p>
          <h1 class="mono">{name}</h1>
          {meaning && <p class="soft">{meaning}</p>}
        </div>
      </div>
      <nav aria-label="Tables">
        <ul class="tags">
          {factsFirst(catalogue).map((other) => (
            <li>
              <a
                href={tableAddress(other.name)}
                aria-current={other.name === name ? "page" : undefined}
              >
                {other.name}
              </a>
            </li>
          ))}
        </ul>
      </nav>
      <UnreadNote problem={facts.problem} />
      <Figures figures={figuresOf(table, state, frame.now)} />
      <div class="grid">
        <ColumnsCard table={table} example={example} />
        <div class="s4 stack">
          <RowsCard days={days} column={dateColumnOf(table) ?? ""} />
          {kind === "fact" && (
            <FindRowCard table={table} newest={example?.[table.key] ?? undefined} />
          )}
          <FlowCard table={table} />
        </div>
        <StarCard table={table} catalogue={catalogue} />
        <QueriesCard queries={table.queries} />
      </div>
    </Page>
  );
}

function factsFirst({ warehouse }: Catalogue): CatalogueTable[] {
  return warehouse.toSorted((a, b) => Number(b.kind === "fact") - Number(a.kind === "fact"));
}

function figuresOf(table: CatalogueTable, state: TableState | undefined, now: Date) {
  const objective = state?.objective_ms == null
    ? "no objective"
    : `behind, objective ${age(state.objective_ms)}`;
  const change = state?.last_change ?? null;
  const quarantined = state?.quarantined ?? 0;
  return [
    [
      "Freshness",
      <Freshness state={state} size={20} />,
      state?.stopped ? state.stopped.message ?? "its rows are not read" : objective,
    ],
    ["Rows", rowsText(state), table.grain],
    [
      "Last change",
      change === null ? "–" : `${age(now.getTime() - Date.parse(change))} ago`,
      change === null ? "not in the recorded runs" : `${timeText(change)} UTC`,
    ],
    [
      "In quarantine",
      state === undefined ? "–" : int(quarantined),
      quarantined > 0 ? <a href="/#quarantine">see why</a> : "rows that cannot be loaded",
    ],
  ] as const;
}

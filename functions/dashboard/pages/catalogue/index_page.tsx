import type { Catalogue, CatalogueTable } from "../../../../sdk/derive/catalogue.ts";
import type { TableFacts } from "../../data/catalogue/table_facts.ts";
import type { TableState } from "../../data/operations/operations.ts";
import { Card } from "../../layout/card.tsx";
import { age, int, plural } from "../../layout/format.ts";
import { type Frame, Page } from "../../layout/page.tsx";
import { columnAddress, tableAddress } from "./address.ts";
import { Freshness, rowsText } from "./figures.tsx";
import { type Match, searchCatalogue } from "./search.ts";
import { UnreadNote } from "./unread_note.tsx";

const GROUPS: readonly (readonly [CatalogueTable["kind"][], string, string])[] = [
  [["fact"], "facts", "Facts: what happened, with its full history"],
  [["dimension", "calendar"], "dimensions", "Dimensions: what facts refer to"],
];

/** Every table, or those that a question finds. */
export function IndexPage({ frame, catalogue, facts, question }: {
  readonly frame: Frame;
  readonly catalogue: Catalogue;
  readonly facts: TableFacts;
  readonly question: string;
}) {
  const matches = searchCatalogue(question, catalogue);
  const sources = matches.filter(({ table }) => table.kind === "source");
  const isSearch = question !== "";
  return (
    <Page
      frame={frame}
      title={isSearch ? `${question} · Catalogue` : "Catalogue"}
      section="Catalogue"
    >
      <div class="head">
        <div>
          <h1>{isSearch ? foundTitle(matches, question) : titleOf(catalogue)}</h1>
          <p class="soft">
            {isSearch
              ? <a href="/catalogue">Show every table</a>
              : "Every table and column, what it means and where it comes from"}
          </p>
        </div>
        <form class="filters" method="get" action="/catalogue" role="search">
          <label>
            <span>Table, column or meaning</span>
            <input type="search" name="q" value={question} autocomplete="off" spellcheck={false} />
          </label>
          <button type="submit">Search</button>
        </form>
      </div>
      <UnreadNote problem={facts.problem} />
      <div class="grid">
        {GROUPS.map(([kinds, id, title]) => (
          <TablesCard
            id={id}
            title={title}
            matches={matches.filter(({ table }) => kinds.includes(table.kind))}
            facts={facts}
            now={frame.now}
          />
        ))}
        {sources.length > 0 && (
          <SourcesCard matches={sources} catalogue={catalogue} isSearch={isSearch} />
        )}
      </div>
    </Page>
  );
}

function titleOf({ warehouse, source }: Catalogue): string {
  const columns = warehouse.reduce((sum, { columns }) => sum + columns.length, 0);
  return `${plural(warehouse.length, "table")} with ${plural(columns, "column")}, made from ${
    plural(source.length, "source table")
  }`;
}

function foundTitle(matches: readonly Match[], question: string): string {
  if (matches.length === 0) return `Nothing has “${question}” in its name or meaning`;
  const columns = matches.reduce((sum, { columns }) => sum + columns.length, 0);
  const found = columns > 0 ? `${plural(columns, "column")} in ` : "";
  return `“${question}”: ${found}${plural(matches.length, "table")}`;
}

function TablesCard({ id, title, matches, facts, now }: {
  readonly id: string;
  readonly title: string;
  readonly matches: readonly Match[];
  readonly facts: TableFacts;
  readonly now: Date;
}) {
  if (matches.length === 0) return null;
  return (
    <Card id={id} span={12} title={title}>
      <table class="list catalogue" role="table">
        <caption class="vh">{title}</caption>
        <thead role="rowgroup">
          <tr role="row">
            <th scope="col" role="columnheader" class="name">Table</th>
            <th scope="col" role="columnheader">What it holds</th>
            <th scope="col" role="columnheader" class="n">Rows</th>
            <th scope="col" role="columnheader" class="n">Behind</th>
            <th scope="col" role="columnheader" class="n">Last change</th>
            <th scope="col" role="columnheader" class="n">In quarantine</th>
          </tr>
        </thead>
        <tbody role="rowgroup">
          {matches.map((match) => (
            <TableRow match={match} state={facts.tables.get(match.table.name)} now={now} />
          ))}
        </tbody>
      </table>
    </Card>
  );
}

function TableRow({ match: { table, columns }, state, now }: {
  readonly match: Match;
  readonly state: TableState | undefined;
  readonly now: Date;
}) {
  const { name, meaning, grain } = table;
  return (
    <tr role="row">
      <th scope="row" role="rowheader" class="name">
        <a href={tableAddress(name)}>
          <code>{name}</code>
        </a>
      </th>
      <td role="cell" class="holds">
        {meaning ?? "No description yet"}
        <span class="type">{grain}</span>
        {columns.length > 0 && <Columns table={table} columns={columns} />}
      </td>
      <td role="cell" class="n" data-label="rows">{rowsText(state)}</td>
      <td role="cell" class="n" data-label="behind">
        <Freshness state={state} />
      </td>
      <td role="cell" class="n" data-label="changed">
        {state?.last_change ? `${age(now.getTime() - Date.parse(state.last_change))} ago` : "–"}
      </td>
      <td role="cell" class="n" data-label="in quarantine">
        {state === undefined
          ? "–"
          : state.quarantined === 0
          ? "none"
          : <a href="/#quarantine">{int(state.quarantined)}</a>}
      </td>
    </tr>
  );
}

function Columns({ table, columns }: Match) {
  return (
    <ul class="found">
      {columns.map(({ name, meaning }) => (
        <li>
          {table.kind === "source"
            ? <code>{name}</code>
            : (
              <a href={columnAddress(table.name, name)}>
                <code>{name}</code>
              </a>
            )} {meaning && <span class="soft">{meaning}</span>}
        </li>
      ))}
    </ul>
  );
}

function SourcesCard({ matches, catalogue, isSearch }: {
  readonly matches: readonly Match[];
  readonly catalogue: Catalogue;
  readonly isSearch: boolean;
}) {
  const title = "Source tables: what the pipeline reads";
  return (
    <Card id="sources" span={12} title={title}>
      <table class="list catalogue" role="table">
        <caption class="vh">{title}</caption>
        <thead role="rowgroup">
          <tr role="row">
            <th scope="col" role="columnheader" class="name">Table</th>
            <th scope="col" role="columnheader">What it holds</th>
            <th scope="col" role="columnheader">Source</th>
            <th scope="col" role="columnheader">Loaded into</th>
          </tr>
        </thead>
        <tbody role="rowgroup">
          {matches.map(({ table, columns }) => (
            <tr role="row">
              <th scope="row" role="rowheader" class="name">
                <code>{table.name}</code>
              </th>
              <td role="cell" class="holds">
                {table.meaning ?? "No description yet"}
                {isSearch && columns.length > 0 && <Columns table={table} columns={columns} />}
              </td>
              <td role="cell" data-label="source">{table.source}</td>
              <td role="cell" class="part-of" data-label="loaded into">
                {madeFrom(table, catalogue).map((name) => (
                  <a href={tableAddress(name)}>
                    <code>{name}</code>
                  </a>
                ))}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Card>
  );
}

/** Returns the names of the warehouse tables that are made from a source table. */
function madeFrom({ name, source }: CatalogueTable, { warehouse }: Catalogue): string[] {
  return warehouse.filter((table) => table.source === source && table.from.includes(name))
    .map(({ name }) => name);
}

import type { CatalogueTable } from "../../../../sdk/derive/catalogue.ts";
import type { CatalogueColumn } from "../../../../sdk/derive/catalogue_columns.ts";
import type { ExampleRow } from "../../data/catalogue/example_row.ts";
import { Card } from "../../layout/card.tsx";
import { plural } from "../../layout/format.ts";
import { columnId, tableAddress } from "./address.ts";

/** Longer examples are cut: they are there to recognise the form of a value. */
const MOST_CHARACTERS = 24;

/** The columns of a table: type, meaning, origin, and an example from the newest row. */
export function ColumnsCard({ table, example }: {
  readonly table: CatalogueTable;
  readonly example: ExampleRow | null;
}) {
  const { name, columns, from, kind } = table;
  const origin = kind === "calendar"
    ? "made of the dates in facts"
    : `from ${plural(from.length, "source table")}`;
  return (
    <Card
      id="columns"
      span={8}
      title={`${plural(columns.length, "column")}, ${origin}`}
      sub={
        <>
          Postgres type; <span class="tag">null</span> means the column can be NULL
          {example && "; examples are from the newest row, without personal data"}
        </>
      }
    >
      <table class="list cols" role="table">
        <caption class="vh">Columns of {name}</caption>
        <thead role="rowgroup">
          <tr role="row">
            <th scope="col" role="columnheader">Column</th>
            <th scope="col" role="columnheader">Meaning</th>
            <th scope="col" role="columnheader">
              {from.length > 0
                ? (
                  <>
                    From <code>{from[0]}</code>
                  </>
                )
                : "Made of"}
            </th>
            <th scope="col" role="columnheader">Example</th>
          </tr>
        </thead>
        <tbody role="rowgroup">
          {columns.map((column) => <ColumnRow table={table} column={column} example={example} />)}
        </tbody>
      </table>
    </Card>
  );
}

function ColumnRow({ table, column, example }: {
  readonly table: CatalogueTable;
  readonly column: CatalogueColumn;
  readonly example: ExampleRow | null;
}) {
  const { name, type, key, nullable, references, meaning } = column;
  return (
    <tr role="row" id={columnId(name)}>
      <th scope="row" role="rowheader">
        <code>{breakable(name)}</code>
        <span class="type">
          {type} {key && <span class="tag">{key === "primary" ? "key" : "unique"}</span>}{" "}
          {nullable && <span class="tag">null</span>}
        </span>
      </th>
      <td role="cell">
        {meaning ?? <span class="soft">No description yet</span>}
        {references && (
          <span class="ref">
            → <a href={tableAddress(references)}>{references}</a>
          </span>
        )}
      </td>
      <td role="cell" class="from">
        <Origin table={table} column={column} />
      </td>
      <td role="cell" class="ex">
        <Example column={column} example={example} />
      </td>
    </tr>
  );
}

function Example({ column: { name, personal }, example }: {
  readonly column: CatalogueColumn;
  readonly example: ExampleRow | null;
}) {
  if (personal) return <span class="tag">personal</span>;
  if (example === null) return <>–</>;
  const value = example[name];
  if (value === null) return <i>null</i>;
  return <>{value.length > MOST_CHARACTERS ? `${value.slice(0, MOST_CHARACTERS)}…` : value}</>;
}

function Origin({ table, column: { name, lineage } }: {
  readonly table: CatalogueTable;
  readonly column: CatalogueColumn;
}) {
  if (!lineage) return <span class="soft">set by the loader</span>;
  if (table.kind === "calendar" && name === table.key) return <>the dates in facts</>;
  const { columns, joins, part, by } = lineage;
  if (by?.name === "row") return <>the row function, version {by.version}</>;
  const how = [
    part && `its ${PART_WORDS[part] ?? part}`,
    by && `by ${by.name}, version ${by.version}`,
    joins.length > 0 && `joined by ${joins.map((path) => shortened(path, table)).join(", ")}`,
  ].filter(Boolean);
  return (
    <>
      {columns.map((path) => <code>{breakable(shortened(path, table))}</code>)}
      {how.length > 0 && <span class="type">{how.join(", ")}</span>}
    </>
  );
}

const PART_WORDS: Readonly<Record<string, string>> = {
  isoDayOfWeek: "day of the week",
  dayName: "day of the week by name",
  monthName: "month by name",
};

/** Lets a name break after its dots and underscores. */
function breakable(name: string) {
  return name.split(/(?<=[._])/).map((part) => (
    <>
      {part}
      <wbr />
    </>
  ));
}

/** A column of the table that the rows come from needs no table. */
function shortened(path: string, { from: [own = ""], name, kind }: CatalogueTable): string {
  const prefix = `${kind === "calendar" ? name : own}.`;
  return path.startsWith(prefix) ? path.slice(prefix.length) : path;
}

import type { CatalogueTable } from "../../../../sdk/derive/catalogue.ts";
import { DATABASE } from "../../../../sdk/derive/source_model.ts";
import { Card } from "../../layout/card.tsx";
import { tableAddress } from "./address.ts";

/** The way of a row: source, lake, warehouse, and the tables around it. */
export function FlowCard({ table }: { readonly table: CatalogueTable }) {
  const { name, kind, source, from, columns, relations, referred_by } = table;
  const refersTo = unique(columns.flatMap(({ references }) => references ?? []));
  const referredBy = unique(referred_by.map(({ table }) => table));
  const folder = source === DATABASE ? "" : `_sources/${source}/`;
  return (
    <Card id="lineage" span={12} title="Lineage: where rows come from and what refers to them">
      <ol class="flow">
        <li>
          <span class="soft">{source === DATABASE ? "database" : `source ${source}`}</span>
          {kind === "calendar"
            ? <span>the dates in facts</span>
            : from.map((name) => <code>{name}</code>)}
        </li>
        <li>
          <span class="soft">lake</span>
          {from.length > 0 && <code>ingestion/{folder}{from[0]}/…jsonl</code>}
          <code>processed/{folder}{name}/…parquet</code>
        </li>
        <li class="here">
          <span class="soft">warehouse</span>
          <code>{name}</code>
          {relations.map(({ name, meaning }) => (
            <code>
              {name} <span class="soft">{meaning.toLowerCase()}</span>
            </code>
          ))}
        </li>
        <Neighbours label="refers to" tables={refersTo} />
        <Neighbours label="referred to by" tables={referredBy} />
      </ol>
    </Card>
  );
}

function Neighbours({ label, tables }: {
  readonly label: string;
  readonly tables: readonly string[];
}) {
  if (tables.length === 0) return null;
  return (
    <li>
      <span class="soft">{label}</span>
      <span>
        {tables.map((name) => (
          <a href={tableAddress(name)}>
            <code>{name}</code>
          </a>
        ))}
      </span>
    </li>
  );
}

function unique(names: readonly string[]): string[] {
  return [...new Set(names)];
}

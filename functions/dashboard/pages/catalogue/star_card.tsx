import type { Catalogue, CatalogueTable } from "../../../../sdk/derive/catalogue.ts";
import { Card } from "../../layout/card.tsx";
import { plural } from "../../layout/format.ts";
import { tableAddress } from "./address.ts";
import {
  HEAD,
  heightOf,
  layStar,
  type Link,
  type OtherBox,
  ROW,
  type Star,
  type StarLayout,
  starOfTable,
} from "./star_layout.ts";

/** Characters of 12 pixels that fit into a box. */
const MIDDLE_CHARACTERS = 36, OTHER_CHARACTERS = 28;
/** How far a line leaves a box before it bends, and the size of its ends. */
const BEND = 52, FOOT = 7;

/** The tables around a table, as a picture and, for those who do not see it, as a list. */
export function StarCard({ table, catalogue }: {
  readonly table: CatalogueTable;
  readonly catalogue: Catalogue;
}) {
  const star = starOfTable(table, catalogue);
  if (star.others.length === 0) return null;
  const title = titleOf(star);
  return (
    <Card
      id="star"
      span={12}
      title={title}
      sub="Lines are foreign keys: the fork is at the table that has the key; a circle means that it can be NULL"
    >
      <ul class="vh">
        {table.columns.filter(({ references }) => references !== undefined).map((column) => (
          <li>{column.name} refers to {column.references}</li>
        ))}
        {table.referred_by.map(({ table, column }) => <li>{column} of {table} refers to it</li>)}
      </ul>
      <Picture star={star} layout={layStar(star)} />
      <Stacked star={star} />
    </Card>
  );
}

function titleOf({ name, links, others }: Star): string {
  const own = new Set(links.filter(({ isOwn }) => isOwn).map(({ table }) => table)).size;
  if (own > 0) return `${name} refers to ${plural(own, "table")}`;
  return `${plural(others.length, "table")} ${others.length === 1 ? "refers" : "refer"} to ${name}`;
}

function Picture({ star, layout }: { readonly star: Star; readonly layout: StarLayout }) {
  const { width, height, middle, others } = layout;
  return (
    <svg class="star wide" viewBox={`0 0 ${width} ${height}`} role="group" aria-label={star.name}>
      <g aria-hidden="true">
        {star.links.map((link) => {
          const box = others.find(({ table }) =>
            table === link.table
          )!;
          return <Line link={link} middle={middle} box={box} />;
        })}
        <rect class="middle" {...middle} rx="6" />
        <text class="name" x={middle.x + 12} y={middle.y + 20}>
          {cut(star.name, MIDDLE_CHARACTERS)}
        </text>
        {star.rows.map((row, place) => (
          <text x={middle.x + 12} y={rowY(middle.y, place) + 4}>{cut(row, MIDDLE_CHARACTERS)}</text>
        ))}
      </g>
      {others.map((box) => <OtherTable box={box} />)}
    </svg>
  );
}

function OtherTable({ box: { table, note, x, y, width, height } }: {
  readonly box: Pick<OtherBox, "table" | "note" | "x" | "y" | "width" | "height">;
}) {
  return (
    <a href={tableAddress(table)}>
      <rect x={x} y={y} width={width} height={height} rx="6" />
      <text class="name" x={x + 12} y={y + 19}>{cut(table, OTHER_CHARACTERS)}</text>
      <text class="note" x={x + 12} y={y + 36}>{cut(note, OTHER_CHARACTERS)}</text>
    </a>
  );
}

/** The y of a row's middle. */
function rowY(top: number, row: number): number {
  return top + HEAD + (row + 0.5) * ROW;
}

function Line({ link: { row, isOwn, optional }, middle, box }: {
  readonly link: Link;
  readonly middle: StarLayout["middle"];
  readonly box: OtherBox;
}) {
  const outward = box.side === "left" ? -1 : 1;
  const from = {
    x: box.side === "left" ? middle.x : middle.x + middle.width,
    y: rowY(middle.y, row),
  };
  const to = { x: box.side === "left" ? box.x + box.width : box.x, y: box.y + box.height / 2 };
  const curve = `M${from.x} ${from.y}C${from.x + outward * BEND} ${from.y} ` +
    `${to.x - outward * BEND} ${to.y} ${to.x} ${to.y}`;
  const [many, one] = isOwn ? [from, to] : [to, from];
  const towards = isOwn ? outward : -outward;
  return (
    <>
      <path d={curve} />
      <path d={fork(many, towards)} />
      {optional
        ? <circle cx={one.x - towards * 5} cy={one.y} r="4" />
        : <path d={`M${one.x - towards * 6} ${one.y - 5}v10`} />}
    </>
  );
}

/** A crow's foot: three toes on the edge of the box. */
function fork({ x, y }: { readonly x: number; readonly y: number }, towards: number): string {
  const tip = x + towards * FOOT;
  return `M${x} ${y - 5}L${tip} ${y}L${x} ${y + 5}`;
}

/** The picture for a phone: the tables below one another. */
function Stacked({ star }: { readonly star: Star }) {
  const [width, indent, height, gap] = [340, 36, 46, 10];
  const top = heightOf(star.rows.length);
  const y = (place: number) => top + gap + 4 + place * (height + gap);
  return (
    <svg
      class="star narrow"
      viewBox={`0 0 ${width} ${y(star.others.length)}`}
      role="group"
      aria-label={star.name}
    >
      <g aria-hidden="true">
        <path d={`M17 ${top}V${y(star.others.length - 1) + height / 2}`} />
        {star.others.map((_, place) => <path d={`M17 ${y(place) + height / 2}H${indent}`} />)}
        <rect class="middle" x="1" y="1" width={width - 2} height={top} rx="6" />
        <text class="name" x="12" y="20">{cut(star.name, MIDDLE_CHARACTERS)}</text>
        {star.rows.map((row, place) => (
          <text x="12" y={rowY(0, place) + 4}>{cut(row, MIDDLE_CHARACTERS)}</text>
        ))}
      </g>
      {star.others.map((other, place) => (
        <OtherTable
          box={{ ...other, x: indent, y: y(place), width: width - indent - 1, height }}
        />
      ))}
    </svg>
  );
}

function cut(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}

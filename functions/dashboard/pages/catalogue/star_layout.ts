/**
 * Where the boxes and lines of a star are: a table in the middle, the tables around it on both sides.
 *
 * @module
 */
import type { Catalogue, CatalogueTable } from "../../../../sdk/derive/catalogue.ts";

/** A reference between the table in the middle and another one. */
export interface Link {
  /** The other table. */
  readonly table: string;
  /** The row of the middle box that the line begins at. */
  readonly row: number;
  /** Whether the middle table holds the other's key, and not the other way round. */
  readonly isOwn: boolean;
  /** Whether it can be NULL. */
  readonly optional: boolean;
}

/** What a star shows. */
export interface Star {
  readonly name: string;
  /** The rows of the middle box: its key, and the columns that refer to others. */
  readonly rows: readonly string[];
  /** The other tables, each with a line of text. */
  readonly others: readonly { readonly table: string; readonly note: string }[];
  readonly links: readonly Link[];
}

/** A box in the picture. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** A box around another table, and the side of the middle that it is on. */
export interface OtherBox extends Box {
  readonly table: string;
  readonly note: string;
  readonly side: "left" | "right";
}

/** The picture. */
export interface StarLayout {
  readonly width: number;
  readonly height: number;
  readonly middle: Box;
  readonly others: readonly OtherBox[];
}

/** The heights of the head of the middle box, and of a row. */
export const HEAD = 30, ROW = 22;
/** The width of the picture, and of its boxes. */
const WIDTH = 900, MIDDLE = 290, OTHER = 230, OTHER_HEIGHT = 46, GAP = 14;

/** Returns what a star of a table shows: the tables that it refers to, and those that refer to it. */
export function starOfTable(table: CatalogueTable, { warehouse }: Catalogue): Star {
  const own = table.columns.filter(({ references }) => references !== undefined);
  const rows = [...new Set([table.key, ...own.map(({ name }) => name)])];
  const links: Link[] = [
    ...own.map(({ name, references, nullable }) => ({
      table: references!,
      row: rows.indexOf(name),
      isOwn: true,
      optional: nullable,
    })),
    ...uniqueTables(table.referred_by).map((name) => ({
      table: name,
      row: 0,
      isOwn: false,
      optional: false,
    })),
  ];
  const others = [...new Set(links.map(({ table }) => table))].map((name) => ({
    table: name,
    note: noteOf(name, table, warehouse),
  }));
  return { name: table.name, rows, others, links };
}

function uniqueTables(references: CatalogueTable["referred_by"]): string[] {
  return [...new Set(references.map(({ table }) => table))];
}

/** Returns the columns of a table that refers to the middle, and the grain of another one. */
function noteOf(
  name: string,
  { referred_by }: CatalogueTable,
  warehouse: readonly CatalogueTable[],
): string {
  const columns = referred_by.filter(({ table }) => table === name).map(({ column }) => column);
  if (columns.length === 1) return columns[0];
  if (columns.length > 1) return `${columns[0]} and ${columns.length - 1} more`;
  return warehouse.find((table) => table.name === name)?.grain ?? "";
}

/**
 * Lays a star out. Each side has about as many lines, and its boxes follow the order of the rows that they
 * are linked with: few lines cross.
 */
export function layStar({ rows, others, links }: Star): StarLayout {
  const rowOf = (table: string) => {
    const own = links.filter((link) => link.table === table).map(({ row }) => row);
    return own.reduce((sum, row) => sum + row, 0) / own.length;
  };
  const linesOf = (table: string) => links.filter((link) => link.table === table).length;
  const sides = balanced(others, ({ table }) => linesOf(table))
    .map((side) => side.toSorted((a, b) => rowOf(a.table) - rowOf(b.table)));
  const middleHeight = heightOf(rows.length);
  const perSide = Math.max(...sides.map(({ length }) => length));
  const height = Math.max(middleHeight, perSide * (OTHER_HEIGHT + GAP) - GAP) + 2;
  return {
    width: WIDTH,
    height,
    middle: {
      x: (WIDTH - MIDDLE) / 2,
      y: (height - middleHeight) / 2,
      width: MIDDLE,
      height: middleHeight,
    },
    others: sides.flatMap((side, place) => {
      const total = side.length * (OTHER_HEIGHT + GAP) - GAP;
      return side.map((other, i) => ({
        ...other,
        side: place === 0 ? "left" as const : "right" as const,
        x: place === 0 ? 1 : WIDTH - OTHER - 1,
        y: (height - total) / 2 + i * (OTHER_HEIGHT + GAP),
        width: OTHER,
        height: OTHER_HEIGHT,
      }));
    }),
  };
}

/** The height of the middle box. */
export function heightOf(rows: number): number {
  return HEAD + rows * ROW + 6;
}

/** Divides items into two sides of about the same weight; the heaviest comes first. */
function balanced<T>(items: readonly T[], weightOf: (item: T) => number): [T[], T[]] {
  const sides: [T[], T[]] = [[], []];
  const weights = [0, 0];
  for (const item of items.toSorted((a, b) => weightOf(b) - weightOf(a))) {
    const side = weights[0] < weights[1] ? 0 : 1;
    sides[side].push(item);
    weights[side] += weightOf(item);
  }
  return sides;
}

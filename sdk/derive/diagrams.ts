/**
 * Entity-relationship diagrams of a catalogue, in Mermaid's language.
 *
 * @module
 */
import type { Catalogue, CatalogueTable } from "./catalogue.ts";
import type { CatalogueColumn } from "./catalogue_columns.ts";
import {
  type Diagram,
  type Entity,
  erDiagram,
  type KeyRole,
  type Relationship,
} from "./er_diagram.ts";

/**
 * Returns a fact and every table that it refers to, in the order of the catalogue. A dimension can refer
 * to another one.
 */
export function starOf(fact: string, { warehouse }: Catalogue): CatalogueTable[] {
  const names = new Set([fact]);
  // Iterating a set includes items added during the loop.
  for (const name of names) {
    const table = warehouse.find((table) => table.name === name);
    for (const { references } of table?.columns ?? []) {
      if (references !== undefined) names.add(references);
    }
  }
  return warehouse.filter(({ name }) => names.has(name));
}

/**
 * Returns the diagram of a star: a fact, half of the tables that it refers to above it and half below, with
 * every column.
 *
 * ```ts
 * import { catalogueOf, starDiagram, totesys } from "@totesys/sdk";
 *
 * starDiagram("fact_payment", catalogueOf(totesys)); // erDiagram …
 * ```
 */
export function starDiagram(fact: string, catalogue: Catalogue): string {
  const star = starOf(fact, catalogue);
  const dimensions = star.map(({ name }) => name).filter((name) => name !== fact);
  const below = dimensions.slice(Math.ceil(dimensions.length / 2));
  return erDiagram({
    entities: star.map((table) => entityOf(table)),
    relationships: relationshipsOf(star).map((relationship) => ({
      ...relationship,
      parentLast: relationship.child === fact && below.includes(relationship.parent),
    })),
    direction: "TB",
    rankSpacing: 60,
  });
}

/** Returns the diagram of all facts and dimensions, with their primary keys only. */
export function warehouseDiagram(catalogue: Catalogue): string {
  const { warehouse } = catalogue;
  const stars = warehouse.filter(({ kind }) => kind === "fact")
    .map(({ name }) => starOf(name, catalogue).map(({ name }) => name));
  const relationships = relationshipsOf(warehouse).map((relationship) => ({
    ...relationship,
    label: [],
    parentLast: !stars.every((star) => star.includes(relationship.parent)),
  }));
  const entities = warehouse.map((table) => entityOf(table, isPrimary));
  return erDiagram({ entities, relationships, direction: "TB", rankSpacing: 140 });
}

/** Returns the diagram of the tables of a source, without the columns that all of them have. */
export function sourceDiagram(tables: readonly CatalogueTable[]): string {
  const common = commonColumns(tables);
  const diagram: Diagram = {
    entities: tables.map((table) => entityOf(table, ({ name }) => !common.includes(name))),
    relationships: relationshipsOf(tables),
    direction: "LR",
    rankSpacing: 60,
  };
  return erDiagram(diagram);
}

/** Returns the names of the columns that every table has. */
export function commonColumns(tables: readonly CatalogueTable[]): string[] {
  const [first, ...others] = tables.map(({ columns }) => columns.map(({ name }) => name));
  if (others.length === 0) return [];
  return first.filter((name) => others.every((names) => names.includes(name)));
}

/** Returns a table for a diagram. `isShown` chooses the columns; all by default. */
function entityOf(
  { name, columns }: CatalogueTable,
  isShown: (column: CatalogueColumn) => boolean = () => true,
): Entity {
  const attributes = columns.filter(isShown).map((column) => ({
    name: column.name,
    // A diagram has no room for lengths and precisions.
    type: column.type.replace(/ ?\(.*/, ""),
    keys: rolesOf(column),
  }));
  return { name, attributes };
}

function rolesOf({ key, references }: CatalogueColumn): KeyRole[] {
  const roles: KeyRole[] = [];
  if (key !== undefined) roles.push(key === "primary" ? "PK" : "UK");
  if (references !== undefined) roles.push("FK");
  return roles;
}

/**
 * Returns the foreign keys of tables, those from one table to another on one line. A line names its
 * columns where they are not called like the key that they refer to.
 */
function relationshipsOf(tables: readonly CatalogueTable[]): Relationship[] {
  return tables.flatMap(({ name: child, columns }) => {
    const lines = Map.groupBy(
      columns.filter(({ references }) => references !== undefined),
      ({ references, nullable }) => JSON.stringify([references, nullable]),
    );
    return [...lines.values()].map((keys) => {
      const parent = keys[0].references!;
      const key = tables.find(({ name }) => name === parent)?.columns.find(isPrimary)?.name;
      const names = keys.map(({ name }) => name);
      return {
        parent,
        child,
        label: names.every((name) => name === key) ? [] : names,
        optional: keys[0].nullable,
      };
    });
  });
}

function isPrimary({ key }: CatalogueColumn): boolean {
  return key === "primary";
}

/**
 * Selects the rows that others are joined with, as SQL: a batch has them all, so that it can be
 * transformed on its own. Does no I/O.
 *
 * @module
 */
import type { Model } from "../../schemas/model.ts";
import type { SourceTableSpec } from "../../schemas/table.ts";
import { identifier } from "../postgres/sql.ts";
import { type Join, type JoinGraph, joinGraph } from "./join_graph.ts";
import { comparableKey, keyType } from "./plan.ts";

/**
 * Session settings of a connection that selects joined rows. Postgres expects a third of a table to have
 * changed. When it thinks that their keys do not fit into memory, it looks through the list of keys once for
 * every row. The memory is only used when the list is that long.
 */
export const JOIN_SESSION: Readonly<Record<string, string>> = { work_mem: "128MB" };

/** The condition of a table of which a batch has no row. */
export const NO_ROW = "false";

/** Returns the conditions of the rows of a table that a batch has for their own sake, by an alias. */
export type OwnRows = (alias: string, table: SourceTableSpec) => readonly string[];

/**
 * Returns the rows of a table that a batch has, as a condition on `t`: its own, and those that other rows
 * of the batch are joined with, over any number of joins. A row that is there for a join also becomes a
 * warehouse row, so it has its own joins.
 */
export function withAncestors(table: SourceTableSpec, model: Model, own: OwnRows): string {
  return anyOf(new Ancestors(joinGraph(model), own).conditions("t", table));
}

/** Returns the condition that one of these holds. */
export function anyOf(conditions: readonly string[]): string {
  if (conditions.includes("true")) return "true";
  return conditions.join(" OR ") || NO_ROW;
}

class Ancestors {
  readonly #graph: JoinGraph;
  readonly #own: OwnRows;

  constructor(graph: JoinGraph, own: OwnRows) {
    this.#graph = graph;
    this.#own = own;
  }

  conditions(alias: string, table: SourceTableSpec): readonly string[] {
    const conditions = this.#fromOutside(alias, table);
    const circle = this.#graph.circleOf(table);
    if (circle.length === 0 || conditions.includes("true")) return conditions;
    return [...conditions, ...this.#fromCircle(alias, table, circle)];
  }

  /** The rows of a table that are there for their own sake, or for a table that is not in its circle. */
  #fromOutside(alias: string, table: SourceTableSpec): readonly string[] {
    const own = this.#own(alias, table);
    if (own.includes("true")) return own;
    const circle = this.#graph.circleOf(table);
    const joins = this.#graph.joins
      .filter(({ child, parent }) => parent === table && !circle.includes(child));
    return [
      ...own,
      ...joins.flatMap(({ child, column }) => {
        const referring = anyOf(this.conditions("c", child));
        return referring === NO_ROW
          ? []
          : `${alias}.${identifier(table.key)} IN (SELECT DISTINCT c.${identifier(column)}` +
            ` FROM ${identifier(child.name)} c WHERE ${referring})`;
      }),
    ];
  }

  /**
   * The rows of a table that are there for a table of its circle. Staff have a department, which has a
   * manager, who is one of the staff: such paths have no end that the model knows.
   */
  #fromCircle(alias: string, table: SourceTableSpec, circle: readonly SourceTableSpec[]): string[] {
    const joins = this.#graph.joins
      .filter(({ child, parent }) => circle.includes(child) && circle.includes(parent));
    const place = (table: SourceTableSpec) => circle.indexOf(table);
    const step = ({ child, column, parent }: Join, condition: string) => {
      const reference = `c.${identifier(column)}`;
      return `SELECT ${place(parent)} AS place, ${reference}::text AS key` +
        ` FROM ${identifier(child.name)} c WHERE ${reference} IS NOT NULL AND (${condition})`;
    };
    const first = joins.flatMap((join) => {
      const referring = anyOf(this.#fromOutside("c", join.child));
      return referring === NO_ROW ? [] : step(join, referring);
    });
    if (first.length === 0) return [];
    // Keys of other tables, which can have another type, must not be converted.
    const next = joins.map((join) =>
      step(
        join,
        `${comparableKey(join.child, "c")} = CASE WHEN up.place = ${place(join.child)}` +
          ` THEN up.key::${keyType(join.child)} END`,
      )
    );
    return [`${comparableKey(table, alias)} IN (WITH RECURSIVE up (place, key) AS (
  ${first.join(" UNION ALL ")}
  UNION
  SELECT step.place, step.key FROM up CROSS JOIN LATERAL (${next.join(" UNION ALL ")}) AS step
) SELECT up.key::${keyType(table)} FROM up WHERE up.place = ${place(table)})`];
  }
}

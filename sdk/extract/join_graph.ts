/**
 * The joins of a model as a graph of its source tables. Does no I/O.
 *
 * @module
 */
import type { Model } from "../../schemas/model.ts";
import type { SourceTableSpec } from "../../schemas/table.ts";
import { tableJoins } from "../derive/resolve_columns.ts";

/** A join: rows of `child` look up `parent` by `column`. */
export interface Join {
  /** The referencing table. */
  readonly child: SourceTableSpec;
  /** The column of `child` that holds the key of `parent`. */
  readonly column: string;
  /** The referenced table. */
  readonly parent: SourceTableSpec;
}

/** A join, and the joins of the row that it leads to. */
export interface JoinTree extends Join {
  /** The joins of `parent` on the same paths. */
  readonly next: readonly JoinTree[];
}

interface GrowingTree extends Join {
  readonly next: GrowingTree[];
}

/** The joins of a model. */
export class JoinGraph {
  /** Every join, once. */
  readonly joins: readonly Join[];
  readonly #trees = new Map<SourceTableSpec, GrowingTree[]>();

  constructor(model: Model) {
    const joins: Join[] = [];
    for (const table of model.warehouse) {
      if (table.kind === "calendar") continue;
      const byPath = new Map<string, GrowingTree>();
      for (const { path, base, child, column, parent } of tableJoins(table, model)) {
        const join = { child, column, parent };
        const siblings = base === "" ? this.#rootsOf(child) : byPath.get(base)!.next;
        byPath.set(path, findOrAdd(siblings, { ...join, next: [] }));
        findOrAdd(joins, join);
      }
    }
    this.joins = joins;
  }

  /** Returns the joins of a table's rows, those of every warehouse table together. */
  treesOf(table: SourceTableSpec): readonly JoinTree[] {
    return this.#trees.get(table) ?? [];
  }

  /**
   * Returns the tables from which joins lead to this table and to which joins lead from it: itself and
   * others; none when it is in no circle.
   */
  circleOf(table: SourceTableSpec): readonly SourceTableSpec[] {
    return [...this.#reach(table)].filter((other) => this.#reach(other).has(table));
  }

  /** Returns the tables that joins lead to, over any number of steps. */
  #reach(from: SourceTableSpec): Set<SourceTableSpec> {
    const reached = new Set<SourceTableSpec>();
    const add = (table: SourceTableSpec) => {
      for (const { child, parent } of this.joins) {
        if (child !== table || reached.has(parent)) continue;
        reached.add(parent);
        add(parent);
      }
    };
    add(from);
    return reached;
  }

  #rootsOf(table: SourceTableSpec): GrowingTree[] {
    if (!this.#trees.has(table)) this.#trees.set(table, []);
    return this.#trees.get(table)!;
  }
}

function findOrAdd<J extends Join>(joins: J[], join: J): J {
  const known = joins.find(({ child, column, parent }) =>
    child === join.child && column === join.column && parent === join.parent
  );
  if (!known) joins.push(join);
  return known ?? join;
}

const graphs = new WeakMap<Model, JoinGraph>();

/** Returns the joins of a model, from memory after the first time. */
export function joinGraph(model: Model): JoinGraph {
  let graph = graphs.get(model);
  if (!graph) graphs.set(model, graph = new JoinGraph(model));
  return graph;
}

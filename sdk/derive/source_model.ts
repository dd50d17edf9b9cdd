import type { Model } from "../../schemas/model.ts";
import type { WarehouseTableSpec } from "../../schemas/table.ts";
import { ConfigurationError } from "../errors.ts";

/** The name of a pipeline's database among its sources. */
export const DATABASE = "database";

const models = new WeakMap<Model, Map<string, Model>>();

/**
 * Returns the model of one source: its tables, the warehouse tables that are made from them, and the
 * calendar. That of the database has every other property of the model too. The same call returns the
 * same object.
 *
 * @throws {ConfigurationError} when the model has no such source.
 */
export function sourceModel(model: Model, name: string): Model {
  const known = models.get(model) ?? new Map<string, Model>();
  models.set(model, known);
  const found = known.get(name) ?? newModel(model, name);
  known.set(name, found);
  return found;
}

function newModel(model: Model, name: string): Model {
  const { sources = {}, ...database } = model;
  if (name === DATABASE) return database;
  if (!Object.hasOwn(sources, name)) {
    throw new ConfigurationError(`the model has no source ${name}`, {
      stage: "configuration",
      next: `name one of: ${sourceNames(model).join(", ")}`,
    });
  }
  const { source, warehouse } = sources[name];
  const calendars = model.warehouse.filter(({ kind }) => kind === "calendar");
  return { source, warehouse: [...calendars, ...warehouse], functions: model.functions };
}

/** Returns the names of a model's sources, its database first. */
export function sourceNames({ sources = {} }: Model): string[] {
  return [DATABASE, ...Object.keys(sources)];
}

/** Returns the warehouse tables of every source of a model, dimensions before the facts that refer to them. */
export function everyTable({ warehouse, sources = {} }: Model): WarehouseTableSpec[] {
  return [...warehouse, ...Object.values(sources).flatMap(({ warehouse }) => warehouse)];
}

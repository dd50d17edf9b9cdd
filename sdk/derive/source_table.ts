import type { Model } from "../../schemas/model.ts";
import type { SourceTableSpec } from "../../schemas/table.ts";
import { ConfigurationError } from "../errors.ts";

/**
 * The spec of one of a model's source tables.
 *
 * @throws {ConfigurationError} when the model has no such table.
 */
export function sourceTable(model: Model, name: string): SourceTableSpec {
  const spec = model.source.find((table) => table.name === name);
  if (!spec) throw new ConfigurationError(`the model has no source table ${name}`);
  return spec;
}

import type { Model } from "../../schemas/model.ts";
import type { SourceTableSpec } from "../../schemas/table.ts";
import { ConfigurationError } from "../errors.ts";

/**
 * Returns the spec of a model's source table.
 *
 * @throws {ConfigurationError} when the model has no such table.
 */
export function sourceTable(model: Model, name: string): SourceTableSpec {
  const spec = model.source.find((table) => table.name === name);
  if (!spec) throw new ConfigurationError(`the model has no source table ${name}`);
  return spec;
}

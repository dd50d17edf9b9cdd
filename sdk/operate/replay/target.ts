import type { Model } from "../../../schemas/model.ts";
import { sourceModel, sourceNames } from "../../derive/source_model.ts";
import { ConfigurationError, WarehouseError } from "../../errors.ts";
import { type Applied, lastApplied } from "../../load/applied_commit.ts";
import { refuseNewerWarehouse } from "../../load/migrate.ts";
import type { PipelineOptions } from "../../options.ts";
import { connect, type Connection } from "../../postgres/connection.ts";
import { wrapError } from "../../postgres/wrap_error.ts";
import { databaseIdentity } from "../../postgres/identity.ts";
import { relationExists } from "../../postgres/relation.ts";
import { identifier } from "../../postgres/sql.ts";

/** The database that a replay fills, and the databases that it must not fill. */
export interface ReplayTarget extends Partial<Pick<PipelineOptions, "source" | "warehouse">> {
  /** Connection URL of the database to fill. */
  readonly into: string;
}

const STAGE = { stage: "replay" };
const USE_EMPTY_DATABASE = "set `into` to an empty database";

/**
 * Returns the last commit of each source that the target of a replay has loaded; none when it is empty.
 * Writes nothing.
 *
 * @throws {ConfigurationError} when the target is the source or the live warehouse.
 * @throws {WarehouseError} when it cannot be read, or has tables of the model that no load created.
 */
export async function inspectTarget(
  target: ReplayTarget,
  model: Model,
): Promise<ReadonlyMap<string, Applied>> {
  await using connection = connect(target.into);
  return await inspect(connection, target, model)
    .catch(wrapError(WarehouseError, "cannot read the target", STAGE));
}

async function inspect(
  connection: Connection,
  { source, warehouse }: ReplayTarget,
  model: Model,
): Promise<ReadonlyMap<string, Applied>> {
  const identity = await databaseIdentity(connection);
  await refuseSame(identity, source, "the source");
  await refuseSame(identity, warehouse, "the live warehouse");
  await refuseNewerWarehouse(connection, STAGE.stage);
  const applied = await lastApplied(connection, sourceNames(model));
  if (applied) return applied;
  await refuseForeignTables(connection, model);
  return new Map();
}

async function refuseSame(identity: string, url: string | undefined, what: string): Promise<void> {
  if (url === undefined) return;
  await using other = connect(url);
  // The target has just answered. A database that cannot be reached is another one.
  const otherIdentity = await databaseIdentity(other).catch(() => undefined);
  if (otherIdentity !== identity) return;
  throw new ConfigurationError(`cannot replay into ${what}`, {
    ...STAGE,
    next: USE_EMPTY_DATABASE,
  });
}

async function refuseForeignTables(connection: Connection, model: Model): Promise<void> {
  const models = sourceNames(model).map((name) => sourceModel(model, name));
  for (const { name } of models.flatMap(({ source, warehouse }) => [...source, ...warehouse])) {
    if (!await relationExists(connection, identifier(name))) continue;
    throw new WarehouseError(
      `the target was not loaded from a lake: it has a table ${name}, but no etl.applied_commit`,
      { ...STAGE, table: name, next: USE_EMPTY_DATABASE },
    );
  }
}

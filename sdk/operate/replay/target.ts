import type { Model } from "../../../schemas/model.ts";
import { ConfigurationError, WarehouseError } from "../../errors.ts";
import { type Applied, lastApplied } from "../../load/applied_commit.ts";
import { refuseNewerWarehouse } from "../../load/migrate.ts";
import type { PipelineOptions } from "../../options.ts";
import { connect, type Connection } from "../../postgres/connection.ts";
import { wrapError } from "../../postgres/wrap_error.ts";
import { databaseIdentity } from "../../postgres/identity.ts";
import { relationExists } from "../../postgres/relation.ts";
import { identifier } from "../../postgres/sql.ts";

/** The database that a replay fills, and those that it must not fill. */
export interface ReplayTarget extends Partial<Pick<PipelineOptions, "source" | "warehouse">> {
  /** Connection URL of the database to fill. */
  readonly into: string;
}

const STAGE = { stage: "replay" };
const ANOTHER = "set `into` to an empty database";

/**
 * The last commit that the target of a replay has taken in; null when it is empty. Nothing is written.
 *
 * @throws {ConfigurationError} when the target is the source or the live warehouse.
 * @throws {WarehouseError} when it cannot be read, or holds tables that no load of a lake made.
 */
export async function inspectTarget(target: ReplayTarget, model: Model): Promise<Applied | null> {
  await using connection = connect(target.into);
  return await inspect(connection, target, model)
    .catch(wrapError(WarehouseError, "cannot read the target", STAGE));
}

async function inspect(
  connection: Connection,
  { source, warehouse }: ReplayTarget,
  model: Model,
): Promise<Applied | null> {
  const identity = await databaseIdentity(connection);
  await refuseSame(identity, source, "the source");
  await refuseSame(identity, warehouse, "the live warehouse");
  await refuseNewerWarehouse(connection, STAGE.stage);
  const applied = await lastApplied(connection);
  if (applied === undefined) await refuseForeignTables(connection, model);
  return applied ?? null;
}

async function refuseSame(identity: string, url: string | undefined, what: string): Promise<void> {
  if (url === undefined) return;
  await using other = connect(url);
  // A database that does not answer, or is lost, is not the one that has just answered.
  const its = await databaseIdentity(other).catch(() => undefined);
  if (its !== identity) return;
  throw new ConfigurationError(`the target of a replay cannot be ${what}`, {
    ...STAGE,
    next: ANOTHER,
  });
}

async function refuseForeignTables(connection: Connection, model: Model): Promise<void> {
  for (const { name } of [...model.source, ...model.warehouse]) {
    if (!await relationExists(connection, identifier(name))) continue;
    throw new WarehouseError(
      `the target has a table ${name} and no etl.applied_commit: it was not loaded from a lake`,
      { ...STAGE, table: name, next: ANOTHER },
    );
  }
}

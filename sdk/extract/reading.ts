import type { Model } from "../../schemas/model.ts";
import { SourceError } from "../errors.ts";
import { isPartial } from "../lake/commit.ts";
import type { Connection } from "../postgres/connection.ts";
import { isTransient } from "../postgres/wrap_error.ts";
import type { Checkpoint } from "./plan.ts";
import { type Scan, scanOf, scanStatement, withoutScan } from "./scan.ts";
import { type Position, positionOf, positionStatement } from "./source_position.ts";
import { beginReading, inspectSource, type SourceSchema } from "./source_schema.ts";

/** The schema of the source, and a snapshot in an open transaction. */
export interface Reading {
  readonly schema: SourceSchema;
  /** The snapshot; null when no table can be read. */
  readonly snapshot: ReadSnapshot | null;
}

/** A snapshot of the source, compared with a checkpoint. */
export interface ReadSnapshot {
  /** The snapshot. */
  readonly position: Position;
  /** The end of the source's log when the snapshot was taken; null on a standby. */
  readonly log_end: string | null;
  /** What changed since the checkpoint. */
  readonly scan: Scan;
}

/** The schema that a model had in a source, which is likely to be the same at the next extraction. */
const schemas = new WeakMap<object, { readonly model: Model; readonly schema: SourceSchema }>();

/** Returns the schema of the source, as it was seen last through this connection, if it was. */
export async function expectSchema(source: Connection, model: Model): Promise<SourceSchema> {
  const last = schemas.get(source.session);
  if (last?.model === model && last.schema.model.source.length > 0) return last.schema;
  const schema = await inspectSource(source, model);
  schemas.set(source.session, { model, schema });
  return schema;
}

/**
 * Begins a transaction, and looks for changes since a checkpoint in its snapshot. Takes one round trip
 * if the schema is the expected one. With `mustCount`, the tables are counted even if none can have changed.
 *
 * @throws {SourceError} when the schema is being changed.
 */
export async function openReading(
  source: Connection,
  model: Model,
  since: Checkpoint | undefined,
  mustCount = false,
): Promise<Reading> {
  const expected = await expectSchema(source, model);
  try {
    return await begin(source, model, since, mustCount, expected);
  } catch (error) {
    schemas.delete(source.session);
    if (!canBeSchemaChange(error)) throw error;
  }
  await source.query("ROLLBACK");
  return await begin(source, model, since, mustCount, await inspectSource(source, model));
}

async function begin(
  source: Connection,
  model: Model,
  since: Checkpoint | undefined,
  mustCount: boolean,
  expected: SourceSchema,
): Promise<Reading> {
  const tables = expected.model.source;
  if (tables.length === 0) return { schema: expected, snapshot: null };
  const compared = since && !isPartial(since) ? since : undefined;
  const { schema, answers: [[position], scanned] } = await beginReading(
    source,
    model,
    expected,
    "extract",
    [positionStatement(), ...compared ? [scanStatement(tables, compared, mustCount)] : []],
  );
  schemas.set(source.session, { model, schema });
  const taken = positionOf(position);
  const snapshot = {
    position: taken,
    log_end: position.log_end as string | null,
    scan: compared ? scanOf(tables, compared, scanned[0]) : withoutScan(tables, since, taken),
  };
  return { schema, snapshot };
}

/** Returns whether an error can be due to a schema that is not the expected one. */
function canBeSchemaChange(error: unknown): boolean {
  return error instanceof SourceError || !isTransient(error);
}

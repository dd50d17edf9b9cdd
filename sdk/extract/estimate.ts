import type { Model } from "../../schemas/model.ts";
import type { Connection } from "../postgres/connection.ts";
import { identifier } from "../postgres/sql.ts";
import { alreadyReadOf, type Checkpoint, keyType, orderedKey } from "./plan.ts";

type Explained = {
  readonly "QUERY PLAN": readonly { readonly Plan: { readonly "Plan Rows": number } }[];
};

/**
 * Estimates the rows that a first load still has to read, by table, from the statistics of Postgres. The
 * result is empty when nothing is left to read for the first time.
 */
export async function estimateBackfill(
  source: Connection,
  model: Model,
  since: Checkpoint | undefined,
): Promise<ReadonlyMap<string, number>> {
  const estimates = new Map<string, number>();
  for (const table of model.source) {
    const alreadyRead = alreadyReadOf(table, since);
    if (alreadyRead === "all") continue;
    const isBegun = typeof alreadyRead === "object";
    const [row] = await source.query<Explained>(
      `EXPLAIN (FORMAT JSON) SELECT FROM ${identifier(table.name)} t` +
        (isBegun ? ` WHERE ${orderedKey(table, "t")} > $1::${keyType(table)}` : ""),
      isBegun ? [alreadyRead.through] : [],
    );
    estimates.set(table.name, row["QUERY PLAN"][0].Plan["Plan Rows"]);
  }
  return estimates;
}

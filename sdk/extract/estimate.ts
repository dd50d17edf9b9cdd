import type { Model } from "../../schemas/model.ts";
import type { SourceTableSpec } from "../../schemas/table.ts";
import type { Connection } from "../postgres/connection.ts";
import { identifier } from "../postgres/sql.ts";
import type { Statement } from "../postgres/statement.ts";
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
  const unread = model.source.filter((table) => alreadyReadOf(table, since) !== "all");
  const plans = await source.batch(unread.map((table) => explainUnread(table, since)));
  return new Map(unread.map(({ name }, place) => {
    const [row] = plans[place] as unknown as Explained[];
    return [name, row["QUERY PLAN"][0].Plan["Plan Rows"]];
  }));
}

function explainUnread(table: SourceTableSpec, since: Checkpoint | undefined): Statement {
  const alreadyRead = alreadyReadOf(table, since);
  const explain = `EXPLAIN (FORMAT JSON) SELECT FROM ${identifier(table.name)} t`;
  if (typeof alreadyRead === "string") return { text: explain };
  return {
    text: `${explain} WHERE ${orderedKey(table, "t")} > $1::${keyType(table)}`,
    values: [alreadyRead.through],
  };
}

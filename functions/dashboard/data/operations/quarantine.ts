import { printable } from "../../../format.ts";
import { commandOf } from "../../../remedy.ts";
import type { Warehouse } from "../warehouse.ts";
import { ask, utc } from "./ask.ts";
import type { QuarantineReason } from "./operations.ts";

/** Rows whose reasons are read: each is searched for the name of a column. */
const MAX_ROWS = 500;
/** Keys shown of a reason. */
const MAX_EXAMPLES = 5;

/** What is in quarantine. */
export interface QuarantineRows {
  /** Rows, by table. */
  readonly by_table: ReadonlyMap<string, number>;
  readonly reasons: readonly QuarantineReason[];
}

interface ReasonRow extends Omit<QuarantineReason, "examples"> {
  readonly keys: readonly string[];
}

/** Reads how many rows of each table are in quarantine, and why the oldest of them are. */
export async function readQuarantine(warehouse: Warehouse): Promise<QuarantineRows> {
  const [counts, reasons] = await Promise.all([
    ask<{ table: string; rows: number }>(warehouse, {
      text: `SELECT table_name AS table, count(*)::integer AS rows FROM etl.quarantine_reason
GROUP BY table_name`,
    }),
    ask<ReasonRow>(warehouse, {
      text: `SELECT table_name AS table, column_name AS column, rule, orphaned,
  count(*)::integer AS rows, ${utc("min(since)")} AS since,
  to_jsonb((array_agg(key ORDER BY oldest.since, key))[1:${MAX_EXAMPLES}]) AS keys
FROM (
  SELECT table_name, key FROM etl.quarantine_reason q ORDER BY q.since, table_name, key
  LIMIT ${MAX_ROWS}
) first JOIN etl.quarantine_reason oldest USING (table_name, key)
GROUP BY 1, 2, 3, 4 ORDER BY 5 DESC, 1, 2, 3`,
    }),
  ]);
  return {
    by_table: new Map(counts.map(({ table, rows }) => [table, rows])),
    reasons: reasons.map(({ keys, ...reason }) => ({
      ...reason,
      examples: keys.map((key) => ({ key, show: showCommand(reason.table, key) })),
    })),
  };
}

/** The command that lists the quarantine. */
export const LIST_QUARANTINE = commandOf({ name: "listQuarantine" });

/** Returns the command that shows a row in quarantine, ready to paste into a shell. */
export function showCommand(table: string, key: string): string {
  return `deno task etl quarantine show ${[table, key].map(shellWord).join(" ")}`;
}

/**
 * Quotes a word for a shell, unless it is plain. A word that begins with a dash would be an option, and a
 * control character that is pasted would edit the line, or run it.
 */
function shellWord(word: string): string {
  if (/^[\w./:@%+][\w./:@%+-]*$/.test(word)) return word;
  if (printable(word) === word) return `'${word.replaceAll("'", `'\\''`)}'`;
  return `$'${word.replace(/['\\]/g, "\\$&").replace(/[\p{Cc}\p{Bidi_Control}]/gu, bytesOf)}'`;
}

/** Returns a character as a shell of any locale reads it. */
function bytesOf(character: string): string {
  const bytes = new TextEncoder().encode(character);
  return Array.from(bytes, (byte) => `\\x${byte.toString(16).padStart(2, "0")}`).join("");
}

/**
 * What a tool loses: rows that change in ways a watermark does not see, and values that do not fit.
 *
 * @module
 */
import { connect } from "../../sdk/postgres/connection.ts";
import type { Contender } from "./contender.ts";
import { KEY, TABLE, WATERMARK } from "./peer.ts";

/** The changes that are tried, by name. */
export const LOSSES = {
  silent: "silent update",
  late: "late commit",
  deleted: "delete",
  tie: "tie on the watermark",
  decimals: "12 decimals",
} as const;

/** What became of each change: `caught`, `MISSED`, or how else it ended. */
export type Verdicts = Readonly<Record<keyof typeof LOSSES, string>>;

const NOW = "date_trunc('milliseconds', clock_timestamp()::timestamp)";
const LATE = 3_000_001;
const TIE = 3_000_002;
const CONTROL = 3_000_003;
const SILENT = 1_000_500;
const DELETED = 1_000_600;
const DECIMALS = 1_000_701;
const MANY_DECIMALS = "12345.678901234567";

/** Makes the changes and lets a tool run after them. The destination must equal the source before. */
export async function findLosses(contender: Contender): Promise<Verdicts> {
  await commitLate(contender);
  const watermark = await contender.inSource(`SELECT max(${WATERMARK}) FROM ${TABLE}`);
  await contender.inSource(
    `UPDATE ${TABLE} SET units_sold = units_sold + 100000 WHERE ${KEY} = ${SILENT}`,
  );
  await contender.inSource(`DELETE FROM ${TABLE} WHERE ${KEY} = ${DELETED}`);
  await contender.inSource(insert(TIE, `timestamp '${watermark}'`));
  await contender.inSource(insert(CONTROL, NOW));
  await contender.again();
  // A tool can need one run to notice and another to act.
  await contender.again();
  const first = await missedChanges(contender);
  const isRepaired = Object.values(first).some(Boolean) && await contender.repair();
  const second = isRepaired ? await missedChanges(contender) : first;
  if (second.control) throw new Error(`${contender.peer.name} missed an ordinary insert`);
  const verdict = (change: Exclude<keyof Verdicts, "decimals">) => {
    if (!first[change]) return "caught";
    return second[change] ? "MISSED" : `caught by ${contender.peer.repair!.name}`;
  };
  return {
    silent: verdict("silent"),
    late: verdict("late"),
    deleted: verdict("deleted"),
    tie: verdict("tie"),
    decimals: await copyDecimals(contender),
  };
}

/** Lets a transaction insert a row, and commit it only after later rows have been copied. */
async function commitLate(contender: Contender): Promise<void> {
  await using late = connect(contender.place.source);
  await late.query("BEGIN");
  await late.query(insert(LATE, NOW));
  await contender.inSource(
    `UPDATE ${TABLE} SET units_sold = units_sold + 1, ${WATERMARK} = ${NOW}
      WHERE ${KEY} BETWEEN 1000001 AND 1000010`,
  );
  await contender.again();
  await late.query("COMMIT");
}

function insert(key: number, updated: string): string {
  return `INSERT INTO ${TABLE} SELECT ${key}, created_at, ${updated}, design_id, staff_id,
    counterparty_id, units_sold, unit_price, currency_id, agreed_delivery_date,
    agreed_payment_date, agreed_delivery_location_id FROM ${TABLE} WHERE ${KEY} = 1000001`;
}

type Missed = Readonly<Record<Exclude<keyof Verdicts, "decimals"> | "control", boolean>>;

async function missedChanges(contender: Contender): Promise<Missed> {
  const { table } = contender.peer;
  const value = (key: number, column: string) =>
    contender.atDestination(`SELECT ${column} FROM ${table} WHERE ${KEY} = ${key}`);
  const isMissing = async (key: number) => await value(key, KEY) === undefined;
  const units = await contender.inSource(
    `SELECT units_sold FROM ${TABLE} WHERE ${KEY} = ${SILENT}`,
  );
  return {
    control: await isMissing(CONTROL),
    silent: await value(SILENT, "units_sold") !== units,
    late: await isMissing(LATE),
    deleted: !await isMissing(DELETED),
    tie: await isMissing(TIE),
  };
}

/** Copies a number with more decimals than most types have. */
async function copyDecimals(contender: Contender): Promise<string> {
  await contender.inSource(
    `UPDATE ${TABLE} SET unit_price = ${MANY_DECIMALS}, ${WATERMARK} = ${NOW}
      WHERE ${KEY} = ${DECIMALS}`,
  );
  const { code } = await contender.again();
  if (code !== 0) return "the run failed";
  const { peer, place } = contender;
  if (await peer.refuses?.(place, DECIMALS)) return "quarantined";
  const copied = await contender.atDestination(
    `SELECT trim_scale(unit_price::numeric) FROM ${peer.table} WHERE ${KEY} = ${DECIMALS}`,
  );
  return copied === MANY_DECIMALS ? "exact" : `changed silently to ${copied}`;
}

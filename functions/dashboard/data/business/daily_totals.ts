/**
 * Daily totals of the facts that the business page counts. Without them, a page reads every order of two
 * years; with them, one row per day, currency and key.
 *
 * The table `daily_total` plus the rows of `daily_total_change` always equals the facts: triggers append what
 * a statement changes to `daily_total_change`, in the transaction that changes the facts, and
 * {@linkcode foldChanges} adds it up now and then. Numerics add exactly, so nothing drifts. Amounts are in
 * the currency of the order: a new exchange rate changes no total.
 *
 * Pure: specs in, statements out.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { VALID_FROM, VALID_TO } from "../../../../sdk/derive/ddl.ts";
import { identifier } from "../../../../sdk/postgres/sql.ts";
import { quoteLiteral } from "./bind.ts";
import {
  amountOf,
  COUNTED_FACTS,
  type CountedFact,
  joinOf,
  type Key,
  textOf,
  unitsOf,
} from "./facts.ts";

/** The table with the totals. */
export const DAILY_TOTAL = "daily_total";
/** The table with what has changed since. */
export const DAILY_TOTAL_CHANGE = "daily_total_change";

/** The advisory lock of what maintains the totals, an arbitrary number. */
export const MAINTENANCE_LOCK = "7074657379731";

const TRIGGER_PREFIX = "daily_total_";
const EVENTS = [
  ["insert", "INSERT", " REFERENCING NEW TABLE AS new_rows"],
  ["update", "UPDATE", " REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows"],
  ["delete", "DELETE", " REFERENCING OLD TABLE AS old_rows"],
  ["truncate", "TRUNCATE", ""],
] as const;

/** Returns the names of the keys that a fact's totals are grouped by, in the order of `keys`. */
export function keysOf({ keys }: CountedFact): string[] {
  return Object.keys(keys);
}

/** Returns the statements that create the tables and the triggers, or replace them. */
export function createTotals(): string[] {
  return [
    `CREATE TABLE IF NOT EXISTS ${DAILY_TOTAL} (
  fact text NOT NULL,
  grouped_by text NOT NULL,
  day date NOT NULL,
  currency_id integer NOT NULL,
  key text NOT NULL,
  orders bigint NOT NULL,
  units numeric NOT NULL,
  amount numeric NOT NULL,
  PRIMARY KEY (fact, grouped_by, day, currency_id, key)
)`,
    `CREATE TABLE IF NOT EXISTS ${DAILY_TOTAL_CHANGE} (
  fact text NOT NULL,
  day date NOT NULL,
  currency_id integer NOT NULL,
  keys text[] NOT NULL,
  orders bigint NOT NULL,
  units numeric NOT NULL,
  amount numeric NOT NULL
)`,
    ...COUNTED_FACTS.flatMap(createTriggers),
    ...COUNTED_FACTS.flatMap(createRenameTriggers),
  ];
}

/**
 * Returns the statements that index what pages read from the facts: with a filter of departments or
 * countries, and what has changed since an earlier time.
 */
export function createIndexes(): string[] {
  return [...createCoveringIndexes(), ...createTimeIndexes()];
}

/** Block ranges cost next to nothing: versions are stored in the order of their time, more or less. */
function createTimeIndexes(): string[] {
  return COUNTED_FACTS.flatMap(({ table }) =>
    [[table, VALID_FROM], [`${table}_history`, VALID_TO]].map(([name, column]) =>
      `CREATE INDEX IF NOT EXISTS ${identifier(`${name}_${column}_totals`)}
ON ${name} USING brin (${column})`
    )
  );
}

function createCoveringIndexes(): string[] {
  return COUNTED_FACTS.flatMap((fact) =>
    fact.filters === null || fact.units === null
      ? []
      : Object.values(fact.filters).map((column) => {
        const others = [...new Set(Object.values(fact.keys).flatMap(columnsOf))]
          .filter((other) => other !== column);
        const included = [...others, "currency_id", fact.units, fact.price].join(", ");
        return `CREATE INDEX IF NOT EXISTS ${indexName(fact, column)}
ON ${fact.table} (${column}, ${fact.day}) INCLUDE (${included})`;
      })
  );
}

function indexName({ table }: CountedFact, column: string): string {
  return identifier(`${table}_${column}_totals`);
}

/** Returns the columns of the fact that a key is made of. */
function columnsOf({ columns, dimension }: Key): string[] {
  const found = Object.values(columns)
    .flatMap(([expression]) => [...expression.matchAll(/\bf\.(\w+)/g)].map(([, name]) => name));
  return dimension ? [...found, dimension.key] : found;
}

/** Returns the statements that fill the totals from the facts, in a REPEATABLE READ transaction. */
export function fillTotals(): string[] {
  return [
    // What was changed before the snapshot is in the facts; what is changed after it stays.
    `DELETE FROM ${DAILY_TOTAL_CHANGE}`,
    `DELETE FROM ${DAILY_TOTAL}`,
    ...COUNTED_FACTS.flatMap((fact) =>
      Object.entries(fact.keys).map(([name, key]) =>
        `INSERT INTO ${DAILY_TOTAL} (fact, grouped_by, day, currency_id, key, orders, units, amount)
SELECT '${fact.table}', '${name}', f.${fact.day}, f.currency_id, ${textOf(key)}, count(*),
  coalesce(sum(${unitsOf(fact)}), 0), coalesce(sum(${amountOf(fact)}), 0)
FROM ${fact.table} f${joinOf(key)} GROUP BY 3, 4, 5`
      )
    ),
  ];
}

/** Returns the statement that adds the changes to the totals. It must not run twice at once. */
export function foldChanges(): string {
  const places = COUNTED_FACTS.flatMap((fact) =>
    keysOf(fact).map((name, place) => `('${fact.table}', '${name}', ${place + 1})`)
  );
  return `WITH moved AS (DELETE FROM ${DAILY_TOTAL_CHANGE} RETURNING *)
INSERT INTO ${DAILY_TOTAL} AS t (fact, grouped_by, day, currency_id, key, orders, units, amount)
SELECT fact, grouped_by, day, currency_id, keys[place], sum(orders), sum(units), sum(amount)
FROM moved JOIN (VALUES ${places.join(", ")}) AS k (fact, grouped_by, place) USING (fact)
GROUP BY fact, grouped_by, day, currency_id, keys[place]
HAVING sum(orders) <> 0 OR sum(units) <> 0 OR sum(amount) <> 0
ON CONFLICT (fact, grouped_by, day, currency_id, key) DO UPDATE SET
  orders = t.orders + excluded.orders,
  units = t.units + excluded.units,
  amount = t.amount + excluded.amount`;
}

/** Returns the statement that marks the totals as complete. */
export function markComplete(): string {
  return `DO $$ BEGIN
  EXECUTE format('COMMENT ON TABLE ${DAILY_TOTAL} IS %L', ${COMMENT});
END $$`;
}

/** Names the definition, and the tables that have the triggers: others can have taken their names. */
const COMMENT = `'definition ${definition()} for ' || concat_ws(', ', ${
  watchedTables().map((table) => `'${table}'::regclass::oid`).join(", ")
})`;

/** The facts, and the dimensions whose names the totals are grouped by. */
function watchedTables(): string[] {
  return COUNTED_FACTS.flatMap(({ table, keys }) => [
    table,
    ...(Object.values(keys) as Key[]).flatMap(({ dimension }) => dimension?.table ?? []),
  ]);
}

/** Returns SQL for whether the totals are complete. It is true for a role that can only read. */
export function areComplete(): string {
  const tables = watchedTables();
  const triggers = COUNTED_FACTS.length * EVENTS.length + tables.length - COUNTED_FACTS.length;
  const comment = COMMENT.replaceAll(/'(\w+)'::regclass/g, "to_regclass('$1')");
  return `coalesce(obj_description(to_regclass('${DAILY_TOTAL}'), 'pg_class') = ${comment}
  AND (SELECT count(*) FROM pg_trigger WHERE tgrelid IN (${
    tables.map((table) => `to_regclass('${table}')`).join(", ")
  })
    AND tgname LIKE '${TRIGGER_PREFIX}%' AND tgenabled = 'A') = ${triggers}, false)`;
}

function definition(): string {
  const parts = [createTotals(), createIndexes(), fillTotals(), foldChanges()];
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex").slice(0, 8);
}

function createTriggers(fact: CountedFact): string[] {
  const { table } = fact;
  const body = `IF TG_OP = 'TRUNCATE' THEN
    DELETE FROM ${DAILY_TOTAL} WHERE fact = '${table}';
    DELETE FROM ${DAILY_TOTAL_CHANGE} WHERE fact = '${table}';
  END IF;
  IF TG_OP IN ('UPDATE', 'DELETE') THEN
    ${insertChanges(fact, "-1", `old_rows f${joins(fact)}`)};
  END IF;
  IF TG_OP IN ('INSERT', 'UPDATE') THEN
    ${insertChanges(fact, "1", `new_rows f${joins(fact)}`)};
  END IF;`;
  return [
    createFunction(table, body),
    ...EVENTS.flatMap(([name, event, rows]) => createTrigger(table, table, name, event, rows)),
  ];
}

/** Moves the totals of a key from the old name of its dimension's row to the new one. */
function createRenameTriggers(fact: CountedFact): string[] {
  return Object.values(fact.keys).flatMap(({ dimension }) => {
    if (!dimension) return [];
    const { table, key, name } = dimension;
    const changed = `old_rows o JOIN new_rows n USING (${key}) WHERE o.${name} <> n.${name}`;
    const of = (rows: string) =>
      `${fact.table} f JOIN ${rows} d USING (${key})
    WHERE f.${key} IN (SELECT ${key} FROM ${changed})`;
    const body = `IF EXISTS (SELECT FROM ${changed}) THEN
    ${insertChanges(fact, "-1", of("old_rows"))};
    ${insertChanges(fact, "1", of("new_rows"))};
  END IF;`;
    const [, [, event, rows]] = EVENTS;
    return [
      createFunction(`${table}_of_${fact.table}`, body),
      ...createTrigger(table, `${table}_of_${fact.table}`, "rename", event, rows),
    ];
  });
}

function createFunction(name: string, body: string): string {
  return `CREATE OR REPLACE FUNCTION ${identifier(TRIGGER_PREFIX + name)}() RETURNS trigger
LANGUAGE plpgsql SET search_path FROM CURRENT AS $body$
BEGIN
  ${body}
  RETURN NULL;
END
$body$`;
}

function createTrigger(
  table: string,
  of: string,
  name: string,
  event: string,
  rows: string,
): string[] {
  const trigger = identifier(TRIGGER_PREFIX + name);
  return [
    `DROP TRIGGER IF EXISTS ${trigger} ON ${table}`,
    `CREATE TRIGGER ${trigger} AFTER ${event} ON ${table}${rows}
FOR EACH STATEMENT EXECUTE FUNCTION ${identifier(TRIGGER_PREFIX + of)}()`,
    // Also while the loader has disabled the triggers of foreign keys.
    `ALTER TABLE ${table} ENABLE ALWAYS TRIGGER ${trigger}`,
  ];
}

/** `sign` is 1 for rows that are new, -1 for rows that no longer count. */
function insertChanges(fact: CountedFact, sign: "1" | "-1", from: string): string {
  const keys = Object.values(fact.keys).map(textOf);
  return `INSERT INTO ${DAILY_TOTAL_CHANGE} (fact, day, currency_id, keys, orders, units, amount)
    SELECT ${quoteLiteral(fact.table)}, f.${fact.day}, f.currency_id, ARRAY[${keys.join(", ")}],
      ${sign}, ${sign} * coalesce(${unitsOf(fact)}, 0), ${sign} * coalesce(${amountOf(fact)}, 0)
    FROM ${from}`;
}

function joins({ keys }: CountedFact): string {
  return Object.values(keys).map(joinOf).join("");
}

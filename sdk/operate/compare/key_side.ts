import type { TableSpec } from "../../../schemas/table.ts";
import type { Connection } from "../../postgres/connection.ts";
import type { RowBatch } from "./compare_columns.ts";
import { copiedBatches } from "./copied_batches.ts";

/**
 * A set of key positions: those whose first bits are one of `prefixes`, or all. A position is a
 * 64-bit integer, and `shift` is the number of its last bits that do not matter.
 */
export interface KeyScope {
  /** The number of bits without the prefix. */
  readonly shift: number;
  /** The prefixes, in order; undefined for all positions. */
  readonly prefixes?: readonly bigint[];
}

/** The keys in one range. */
export interface RangeCount {
  /** The prefix of their positions. */
  readonly prefix: bigint;
  readonly keys: number;
  /** The sum of their hashes, as text. */
  readonly sum: string;
}

/** The options of a {@linkcode KeySide}. */
export interface KeySideOptions {
  /** A connection in a transaction with one snapshot. */
  readonly connection: Connection;
  /**
   * Returns the queries of the column `key` for the keys that satisfy a condition. The first is of
   * the table, the others have few keys.
   */
  readonly queries: (condition: (key: string) => string) => readonly string[];
  /** The spec of the key, without the other columns. */
  readonly spec: TableSpec;
}

/** With more prefixes than this, other keys between them are read too. */
const MOST_PREFIXES = 1_000;
/** Runs of adjacent ranges that are looked up in an index. */
const MOST_RUNS = 16;

/**
 * The keys of a table on one side of a comparison. The position of a number is its value, so that
 * an index finds a range; the position of any other key is a hash of its text.
 */
export class KeySide {
  readonly #options: KeySideOptions;
  readonly #isNumber: boolean;

  constructor(options: KeySideOptions) {
    this.#options = options;
    const { key, columns } = options.spec;
    this.#isNumber = columns[key].type === "integer" || columns[key].type === "bigint";
  }

  /** Counts keys in ranges of `2 ** shift` positions and sums their hashes. Omits empty ranges. */
  async count(scope: KeyScope, shift: number): Promise<RangeCount[]> {
    // A server that hashes otherwise only makes equal ranges look different.
    const hash = this.#isNumber ? "hashint8extended(position, 0)" : "position";
    const counts = this.#queries(scope).map((query) =>
      `SELECT position >> ${shift} AS prefix, count(*) AS keys, sum(${hash}) AS sum
FROM (SELECT ${this.#position("key")} AS position FROM (${query}) k WHERE key IS NOT NULL) p
GROUP BY position >> ${shift}`
    );
    const rows = await this.#options.connection.query<
      { prefix: string; keys: number; sum: string }
    >(
      `SELECT prefix::text, sum(keys)::float8 AS keys, sum(sum)::text AS sum
FROM (${counts.join("\nUNION ALL\n")}) c GROUP BY c.prefix`,
    );
    return rows.map(({ prefix, keys, sum }) => ({ prefix: BigInt(prefix), keys, sum }));
  }

  /** Returns the first and last position in the table; null when it is empty. */
  async bounds(): Promise<{ readonly first: bigint; readonly last: bigint } | null> {
    if (!this.#isNumber) return { first: -(2n ** 63n), last: 2n ** 63n - 1n };
    const [keys] = this.#queries({ shift: 64 });
    const [{ first, last }] = await this.#options.connection.query<
      { first: string | null; last: string | null }
    >(`SELECT min(key)::text AS first, max(key)::text AS last FROM (${keys}) k`);
    return first === null ? null : { first: BigInt(first), last: BigInt(last!) };
  }

  /** Yields the keys in a scope, sorted as {@linkcode compareColumns} expects them. */
  read(scope: KeyScope): AsyncIterable<RowBatch> {
    const { connection, spec } = this.#options;
    const isInteger = spec.columns[spec.key].type === "integer";
    const order = isInteger ? "key" : `key::text COLLATE "C"`;
    const queries = this.#queries(scope).join("\nUNION ALL\n");
    const query = `SELECT key FROM (${queries}) k WHERE key IS NOT NULL ORDER BY ${order}`;
    return copiedBatches(connection.copyOut(`COPY (${query}) TO STDOUT`), spec);
  }

  #position(key: string): string {
    return this.#isNumber ? `${key}::bigint` : `hashtextextended(${key}::text COLLATE "C", 0)`;
  }

  #queries({ shift, prefixes }: KeyScope): readonly string[] {
    if (!prefixes) return this.#options.queries(() => "true");
    return this.#options.queries((key) => {
      const list = prefixes.length <= MOST_PREFIXES
        ? [`${this.#position(key)} >> ${shift} = ANY ('{${prefixes.join()}}'::bigint[])`]
        : [];
      const runs = this.#isNumber ? [`(${runsOf(prefixes, shift, key).join(" OR ")})`] : [];
      return [...runs, ...list].join(" AND ") || "true";
    });
  }
}

/** Returns conditions for a few runs of positions that contain all prefixes, which are sorted. */
function runsOf(prefixes: readonly bigint[], shift: number, key: string): string[] {
  const gaps = prefixes.slice(1).map((prefix, i) => ({ i: i + 1, size: prefix - prefixes[i] }))
    .filter(({ size }) => size > 1n)
    .sort((a, b) => Number(b.size - a.size))
    .slice(0, MOST_RUNS - 1);
  const starts = [0, ...gaps.map(({ i }) => i).sort((a, b) => a - b)];
  const bits = BigInt(shift);
  return starts.map((start, n) => {
    const from = prefixes[start] << bits;
    const to = ((prefixes[(starts[n + 1] ?? prefixes.length) - 1] + 1n) << bits) - 1n;
    return `${key} BETWEEN '${from}'::bigint AND '${to}'::bigint`;
  });
}

/**
 * Finds the keys that only one side has, without reading all keys: both sides count the keys of
 * each range and sum their hashes, at the same time, and only ranges that differ are read.
 *
 * The sum finds a range that lost one key and gained another. Ranges hold about
 * {@linkcode KEYS_PER_RANGE} keys; where keys are so uneven that they hold many more, those that
 * differ are divided again.
 *
 * @module
 */
import { compareColumns } from "./compare_columns.ts";
import type { Difference } from "./row_differences.ts";
import type { KeyScope, KeySide, RangeCount } from "./key_side.ts";
import type { TableSpec } from "../../../schemas/table.ts";

/** The keys that a range holds on average. */
const KEYS_PER_RANGE = 512;
/** Ranges that hold more keys than this are divided again, and finely: many of the parts are empty. */
const UNEVEN = 4 * KEYS_PER_RANGE;
const KEYS_PER_PART = 8;
/** Up to this many keys are read without counting them by ranges. */
const FEW_KEYS = 8_192;
const MOST_RANGES = 65_536;

/** Both sides of a table. */
export interface KeySides {
  /** The spec of the key on both sides. */
  readonly spec: TableSpec;
  /** The keys that must exist. */
  readonly source: KeySide;
  /** The keys that the warehouse knows. */
  readonly warehouse: KeySide;
}

/**
 * Reports each key that only the source has as `missing`, and each that only the warehouse has as
 * `extra`. `rows` is about the number of rows. Memory does not depend on it.
 */
export async function compareKeys(
  { spec, source, warehouse }: KeySides,
  rows: number,
  onDifference: (difference: Difference) => void,
): Promise<void> {
  let scope: KeyScope = { shift: 64 };
  let span = rows <= FEW_KEYS ? 0n : await positions([source, warehouse]);
  for (let keys = rows; keys > FEW_KEYS;) {
    const size = scope.prefixes ? KEYS_PER_PART : KEYS_PER_RANGE;
    const shift = Math.min(shiftFor(span, keys / size), scope.shift - 1);
    const differing = await differingRanges(source, warehouse, scope, shift);
    if (differing.length === 0) return;
    scope = { shift, prefixes: differing.map(({ prefix }) => prefix) };
    keys = differing.reduce((sum, range) => sum + range.keys, 0);
    if (shift === 0 || keys <= differing.length * UNEVEN) break;
    span = BigInt(differing.length) << BigInt(shift);
  }
  await compareColumns(spec, source.read(scope), warehouse.read(scope), onDifference);
}

/** Returns the number of positions between the first and the last key. */
async function positions(sides: readonly KeySide[]): Promise<bigint> {
  const bounds = (await Promise.all(sides.map((side) => side.bounds()))).filter((found) =>
    found !== null
  );
  if (bounds.length === 0) return 0n;
  const first = bounds.map(({ first }) => first).reduce((a, b) => a < b ? a : b);
  const last = bounds.map(({ last }) => last).reduce((a, b) => a > b ? a : b);
  return last - first + 1n;
}

/** Returns how many bits of positions one of so many ranges spans. */
function shiftFor(span: bigint, ranges: number): number {
  const most = BigInt(Math.min(MOST_RANGES, Math.ceil(ranges)));
  let shift = 0;
  while (span >> BigInt(shift) > most) shift++;
  return shift;
}

/** Returns the ranges whose keys are not the same on both sides, sorted. */
async function differingRanges(
  source: KeySide,
  warehouse: KeySide,
  scope: KeyScope,
  shift: number,
): Promise<RangeCount[]> {
  const [left, right] = await Promise.all([
    source.count(scope, shift),
    warehouse.count(scope, shift),
  ]);
  const others = new Map(right.map((range) => [range.prefix, range]));
  const differing: RangeCount[] = [];
  for (const range of left) {
    const other = others.get(range.prefix);
    others.delete(range.prefix);
    if (other && other.keys === range.keys && other.sum === range.sum) continue;
    differing.push({ ...range, keys: Math.max(range.keys, other?.keys ?? 0) });
  }
  return [...differing, ...others.values()].sort((a, b) => a.prefix < b.prefix ? -1 : 1);
}

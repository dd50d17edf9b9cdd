/**
 * The keys of a zone's commits and data objects.
 *
 * @module
 */
import { LakeError } from "../errors.ts";

/** The prefix of the keys of a zone's commits. */
export const LOG_PREFIX = "_log/";

const LARGEST_SEQUENCE = 999_999_999_999;

/**
 * Returns the key of a commit: `_log/000000000001.json` for 1. The key of 0 comes before every commit,
 * so that listing after it lists the full log.
 *
 * @throws {LakeError} when the number is not an integer from 0 to 999,999,999,999.
 */
export function commitKey(sequence: number): string {
  return `${LOG_PREFIX}${padded(sequence)}.json`;
}

/** Returns the number of the commit with this key, or null when it is not the key of a commit. */
export function sequenceOf(key: string): number | null {
  const digits = /^_log\/(\d{12})\.json$/.exec(key)?.[1];
  return digits === undefined ? null : Number(digits) || null;
}

/** The parts of the key of a data object. */
export interface DataKeyParts {
  /** The name of the table, as its database spells it. */
  readonly table: string;
  /** Time of the source snapshot (RFC 3339, UTC, ending in `Z`). */
  readonly taken_at: string;
  /** The number of the commit that the run is going to append. */
  readonly sequence: number;
  /** The run, see {@linkcode runId}. Makes the key unique. */
  readonly run: string;
  /** The part after the dot: `jsonl`, `parquet`, `deleted.jsonl`, `body`. */
  readonly extension: string;
}

/**
 * Returns the key of a data object:
 * `staff/2026/11/21/000000000042-20261121T034650Z-1f3a9c.jsonl`.
 *
 * @throws {LakeError} when `taken_at` or `sequence` is malformed.
 */
export function dataKey({ table, ...rest }: DataKeyParts): string {
  return `${tableFolder(table)}/${datedName(rest)}`;
}

/**
 * Returns the key of an object with the documents of a log so far:
 * `_ledger/2026/11/21/000000000101-20261121T034650Z-1f3a9c.jsonl`. Throws what {@linkcode dataKey} throws.
 */
export function ledgerKey(parts: Omit<DataKeyParts, "table" | "extension">): string {
  return `_ledger/${datedName({ ...parts, extension: "jsonl" })}`;
}

function datedName({ taken_at, sequence, run, extension }: Omit<DataKeyParts, "table">): string {
  const date = /^(\d{4})-(\d\d)-(\d\d)T[\d:.]+Z$/.exec(taken_at);
  if (date === null) {
    throw new LakeError(
      `${taken_at} is not an RFC 3339 time in UTC, such as 2026-11-21T03:46:50.123456Z`,
      { stage: "lake", run },
    );
  }
  const [, year, month, day] = date;
  return `${year}/${month}/${day}/${padded(sequence)}-${run}.${extension}`;
}

/**
 * Returns a unique id for a run that sorts by time: `20261121T034650Z-1f3a9c`. `random` returns a number
 * from 0 (inclusive) to 1 (exclusive).
 */
export function runId(now: Date, random: () => number = Math.random): string {
  const time = now.toISOString().replace(/\.\d+/, "").replace(/[-:]/g, "");
  return `${time}-${Math.floor(random() * 0x1000000).toString(16).padStart(6, "0")}`;
}

/**
 * Requires a key that means the same in every store. Adapters check every key that they read or write.
 *
 * @throws {LakeError} when a segment is empty, `.` or `..`, when the key has a backslash, a NUL or half a
 * surrogate pair, or when it is in `.tmp`, which adapters use for unfinished files.
 */
export function checkKey(key: string): void {
  const segments = key.split("/");
  const isValid =
    segments.every((segment) => segment !== "" && segment !== "." && segment !== "..") &&
    segments[0] !== ".tmp" && !key.includes("\\") && !key.includes("\0") && key.isWellFormed();
  if (isValid) return;
  throw new LakeError(`${JSON.stringify(key)} cannot be the key of an object`, {
    stage: "lake",
    next: "use a relative path such as staff/2026/11/21/name.jsonl",
  });
}

function padded(sequence: number): string {
  if (!Number.isInteger(sequence) || sequence < 0 || sequence > LARGEST_SEQUENCE) {
    throw new LakeError(`${sequence} cannot be the number of a commit`, { stage: "lake" });
  }
  return String(sequence).padStart(12, "0");
}

const utf8 = new TextEncoder();

/**
 * Percent-encodes the name of a table. A leading dot or underscore is encoded too, so that no table
 * collides with a folder of the zone (`_log`, `.tmp`) or means the parent folder.
 */
function tableFolder(table: string): string {
  return table.replace(
    /^[._]|[^A-Za-z0-9_.-]/gu,
    (character) =>
      Array.from(
        utf8.encode(character),
        (byte) => "%" + byte.toString(16).toUpperCase().padStart(2, "0"),
      ).join(""),
  );
}

/**
 * Validates commits. The types make the compiler compare these checks with the interfaces in
 * `commit.ts`.
 *
 * @module
 */
import type {
  Commit,
  DataObject,
  DocumentRecord,
  IngestionCommit,
  ProcessedCommit,
  SourceMoment,
  SourceSnapshot,
} from "./commit.ts";
import { FORMAT } from "./upgrades/upgrades.ts";

/** Validates a commit of a zone. Returns the commit, or the first problem in words. */
export function checkCommit(
  value: unknown,
  zone: Commit["zone"],
): { readonly commit: Commit } | { readonly problem: string } {
  try {
    return { commit: CHECKS[zone](value, "") };
  } catch (error) {
    if (error instanceof Problem) return { problem: error.message };
    throw error;
  }
}

/** Returns a valid value, without the fields that it does not need to have. Throws a Problem otherwise. */
type Check<T> = (value: unknown, path: string) => T;

class Problem extends Error {
  constructor(path: string, expected: string) {
    super(path === "" ? `expected ${expected}` : `${path}: expected ${expected}`);
  }
}

function check<T>(expected: string, isValid: (value: unknown) => boolean): Check<T> {
  return (value, path) => {
    if (isValid(value)) return value as T;
    throw new Problem(path, expected);
  };
}

function text(expected: string, pattern: RegExp): Check<string> {
  return check(expected, (value) => typeof value === "string" && pattern.test(value));
}

function oneOf<const T>(...choices: readonly T[]): Check<T> {
  return check(choices.join(" or "), (value) => choices.includes(value as T));
}

function arrayOf<T>(item: Check<T>): Check<readonly T[]> {
  const array = check<readonly unknown[]>("an array", Array.isArray);
  return (value, path) =>
    array(value, path).map((each, place) => item(each, joined(path, `${place}`)));
}

function optional<T>(present: Check<T>): Check<T | undefined> {
  return (value, path) => value === undefined ? undefined : present(value, path);
}

const object = check<Readonly<Record<string, unknown>>>(
  "an object",
  (value) => typeof value === "object" && value !== null && !Array.isArray(value),
);

function fields<T extends object>(
  checks: { readonly [Key in keyof T]-?: Check<T[Key]> },
): Check<T> {
  const entries = Object.entries(checks) as [string, Check<unknown>][];
  return (value, path) => {
    const given = object(value, path);
    const checked = entries.map(([name, item]) => [name, item(given[name], joined(path, name))]);
    return Object.fromEntries(checked.filter(([, value]) => value !== undefined)) as T;
  };
}

function byTable<T>(item: Check<T>): Check<Readonly<Record<string, T>>> {
  return (value, path) => {
    const entries = Object.entries(object(value, path));
    return Object.fromEntries(
      entries.map(([name, each]) => [name, item(each, joined(path, name))]),
    );
  };
}

function joined(path: string, name: string): string {
  return path === "" ? name : `${path}.${name}`;
}

const isCount = (value: unknown) => Number.isSafeInteger(value) && (value as number) >= 0;
const count = check<number>("a number from 0 up", isCount);
const sequence = check<number>("a number from 1 up", (value) => isCount(value) && value !== 0);
const string = text("a string", /^/);
const name = text("a string that is not empty", /./s);
const digits = text("digits", /^\d+$/);
const time = text("a time in UTC", /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/);
const mode = oneOf("full", "delta", "reconcile");

const dataObject = fields<DataObject>({
  key: name,
  rows: count,
  bytes: count,
  sha256: text("64 hex digits", /^[0-9a-f]{64}$/),
});

const databaseSnapshot = fields<SourceSnapshot>({
  system: name,
  database: name,
  taken_at: time,
  xmin: digits,
  xmax: digits,
  visible: arrayOf(count),
});

const moment = fields<SourceMoment>({ taken_at: time });

const document = fields<DocumentRecord>({
  name,
  version: string,
  bytes: count,
  sha256: text("64 hex digits, or nothing", /^([0-9a-f]{64})?$/),
  table: name,
  rows: count,
  outcome: oneOf("read", "duplicate", "refused", "missing"),
  reason: optional(name),
  body: optional(dataObject),
});

/** Checks a commit of a database, or of a source that delivers documents. */
const ingestion: Check<IngestionCommit> = (value, path) => {
  const hasDocuments = (object(value, path) as { documents?: unknown }).documents !== undefined;
  return (hasDocuments ? documentsCommit : databaseCommit)(value, path);
};

const ingestionFields = {
  format: oneOf(FORMAT),
  zone: oneOf("ingestion"),
  sequence,
  run: name,
  mode,
  columns: byTable(arrayOf(string)),
  keys: byTable(name),
  partial: byTable(string),
  tables: byTable(dataObject),
  deleted: byTable(dataObject),
};

const documentFields = {
  documents: optional(arrayOf(document)),
  ledger: optional(fields({ through: count, object: dataObject })),
};

const databaseCommit = fields<IngestionCommit>({
  ...ingestionFields,
  snapshot: databaseSnapshot,
  ...documentFields,
});

const documentsCommit = fields<IngestionCommit>({
  ...ingestionFields,
  snapshot: moment,
  ...documentFields,
});

const processed = fields<ProcessedCommit>({
  format: oneOf(FORMAT),
  zone: oneOf("processed"),
  sequence,
  run: name,
  ingestion_sequence: sequence,
  ingestion_run: name,
  mode,
  transform_version: name,
  taken_at: time,
  incomplete: arrayOf(string),
  keys: byTable(name),
  skipped: optional(name),
  tables: byTable(dataObject),
  deleted: byTable(dataObject),
  quarantined: byTable(dataObject),
});

const CHECKS = { ingestion, processed };

import type { Value } from "../../schemas/columns.ts";
import type { AnyRow } from "../../schemas/table.ts";
import { QuarantineError } from "../errors.ts";

/** A line of a quarantine object. */
export interface QuarantinedRow {
  /** The key that the row would have in the warehouse table. */
  readonly key: Value;
  /** The problem. */
  readonly reason: string;
  /** The row, before or after its transform. */
  readonly row: AnyRow;
}

/** Invalid rows allowed in a batch, regardless of the percentage limit. */
const ALWAYS_ALLOWED = 100;

/** Returns the number of a table's rows in a batch that can be invalid, given the limit in percent. */
export function maxBadRows(rows: number, limit: number): number {
  return Math.max(ALWAYS_ALLOWED, rows * limit / 100);
}

/** What JSON can hold, and Postgres's jsonb cannot: a NUL, and half of a surrogate pair. */
const UNSTORABLE = /\\u(0000|d[89a-f])/;

function storable(_key: string, value: unknown): unknown {
  return typeof value === "string" ? value.toWellFormed().replaceAll("\0", "\ufffd") : value;
}

/** The invalid rows of one table in one batch. */
export class Quarantine {
  /** The warehouse table. */
  readonly table: string;
  readonly #lines: string[] = [];
  readonly #maxRows: number;

  /** Creates a quarantine for up to `maxRows` rows. */
  constructor(table: string, maxRows: number) {
    this.table = table;
    this.#maxRows = maxRows;
  }

  /** Rows in it. */
  get size(): number {
    return this.#lines.length;
  }

  /**
   * Adds a row.
   *
   * @throws {QuarantineError} when there are too many rows.
   */
  add(row: AnyRow, key: Value, { message }: Pick<Error, "message">): void {
    const line: QuarantinedRow = { key, reason: message, row };
    const text = JSON.stringify(line);
    this.#lines.push(`${UNSTORABLE.test(text) ? JSON.stringify(line, storable) : text}\n`);
    if (this.size <= this.#maxRows) return;
    throw new QuarantineError(
      `at least ${this.size} rows for ${this.table} are invalid, more than the limit; for example: ${message}`,
      {
        stage: "transform",
        table: this.table,
        next: {
          advice: "fix the rows in the source",
          operations: [{ name: "extract", full: true }, { name: "run" }],
          or: {
            advice: "fix the spec",
            operations: [{ name: "run" }],
            or: {
              condition: "these rows can stay in quarantine",
              operations: [{ name: "run", quarantineLimit: 100 }],
            },
          },
        },
      },
    );
  }

  /** Returns the rows as JSON Lines. */
  jsonl(): Uint8Array {
    return new TextEncoder().encode(this.#lines.join(""));
  }
}

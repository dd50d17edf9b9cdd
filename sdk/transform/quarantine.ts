import type { Value } from "../../schemas/columns.ts";
import type { AnyRow } from "../../schemas/table.ts";
import { QuarantineError, type RowError } from "../errors.ts";

/** A line of a quarantine object. */
export interface QuarantinedRow {
  /** The key of the row, in the warehouse table it was meant for. */
  readonly key: Value;
  /** What is wrong with it. */
  readonly reason: string;
  /** The row itself: as the source has it, or as it was made from that. */
  readonly row: AnyRow;
}

/** Up to this many bad rows never fail a batch. */
const ALWAYS_ALLOWED = 100;

/** How many of a table's rows in a batch may be bad, given the limit in percent. */
export function maxBadRows(rows: number, limit: number): number {
  return Math.max(ALWAYS_ALLOWED, rows * limit / 100);
}

/** The bad rows of one table in one batch. */
export class Quarantine {
  /** The warehouse table they were meant for. */
  readonly table: string;
  readonly #lines: string[] = [];
  readonly #most: number;

  /** A quarantine that fails the batch when more rows than `most` are bad. */
  constructor(table: string, most: number) {
    this.table = table;
    this.#most = most;
  }

  /** Rows in it. */
  get size(): number {
    return this.#lines.length;
  }

  /**
   * Takes in a row.
   *
   * @throws {QuarantineError} when there are too many.
   */
  add(row: AnyRow, key: Value, { message }: RowError): void {
    const line: QuarantinedRow = { key, reason: message, row };
    this.#lines.push(JSON.stringify(line) + "\n");
    if (this.size <= this.#most) return;
    throw new QuarantineError(
      `at least ${this.size} rows for ${this.table} are bad, too many to be single mistakes; one of ` +
        `them: ${message}`,
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

  /** Its rows as JSON Lines. */
  jsonl(): Uint8Array {
    return new TextEncoder().encode(this.#lines.join(""));
  }
}

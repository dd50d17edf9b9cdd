import type { Connection } from "../postgres/connection.ts";
import type { Statement } from "../postgres/statement.ts";

/** Wraps the error of a statement in one that names the table. */
export type Failing = (cause: unknown) => never;

/**
 * Sends statements one after another without waiting for the answers, so that a far server costs one
 * round trip instead of one for each. After a failure, the transaction refuses those behind it.
 */
export class Pipeline {
  readonly #warehouse: Connection;
  #answers: Promise<unknown>[] = [];

  constructor(warehouse: Connection) {
    this.#warehouse = warehouse;
  }

  /** Sends statements. {@linkcode Pipeline.settle} throws their errors. */
  send(statements: readonly (Statement | string)[], failing: Failing): void {
    for (const statement of statements) {
      const { text, values } = typeof statement === "string" ? { text: statement } : statement;
      const answer = this.#warehouse.query(text, values).catch(failing);
      answer.catch(() => {}); // settle() throws it
      this.#answers.push(answer);
    }
  }

  /** Sends rows to a `COPY … FROM STDIN`. */
  async copy(statement: string, rows: AsyncIterable<Uint8Array>, failing: Failing): Promise<void> {
    try {
      await this.#warehouse.copyIn(statement, rows);
    } catch (error) {
      // An earlier statement can be the cause.
      await this.settle();
      failing(error);
    }
  }

  /**
   * Waits for the answers.
   *
   * @throws the error of the first statement that failed.
   */
  async settle(): Promise<void> {
    const answers = this.#answers;
    this.#answers = [];
    for (const answer of answers) await answer;
  }
}

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
      this.#expect(this.#warehouse.query(text, values), failing);
    }
  }

  /** Sends rows to a `COPY … FROM STDIN`, which costs one more round trip: the server has to be ready. */
  async copy(statement: string, rows: AsyncIterable<Uint8Array>, failing: Failing): Promise<void> {
    try {
      const { accepted } = await this.#warehouse.sendCopy(statement, rows);
      this.#expect(accepted, failing);
    } catch (error) {
      // An earlier statement can be the cause.
      await this.settle();
      failing(error);
    }
  }

  #expect(answer: Promise<unknown>, failing: Failing): void {
    const expected = answer.catch(failing);
    expected.catch(() => {}); // settle() throws it
    this.#answers.push(expected);
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

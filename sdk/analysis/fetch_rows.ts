import type { Connection, QueryRow } from "../postgres/connection.ts";
import type { Statement } from "../postgres/statement.ts";

const FIRST_ROWS = 1_000;
const MAX_ROWS = 20_000;
/** Characters of text that are fetched together, about. */
const FETCH_CHARACTERS = 2 ** 20;
/** What a value of another type counts. */
const VALUE_CHARACTERS = 8;

/**
 * Yields the rows of a query in batches, as one snapshot shows them. The number of rows in a batch follows
 * their size. The transaction lasts as long as the iteration.
 *
 * @throws what `wrap` throws, with the error of the database.
 */
export async function* fetchRows<R>(
  acquire: () => Connection,
  { text, values }: Statement,
  wrap: (error: unknown) => never,
): AsyncGenerator<readonly R[]> {
  await using connection = acquire();
  let count = FIRST_ROWS;
  const fetch = () => `FETCH FORWARD ${count} FROM totesys_rows`;
  const begin = [
    "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
    { text: `DECLARE totesys_rows NO SCROLL CURSOR FOR\n${text}`, values },
    fetch(),
  ];
  let [, , rows] = await connection.batch(begin).catch(wrap);
  while (rows.length > 0) {
    yield rows as R[];
    if (rows.length < count) break;
    count = Math.max(1, Math.min(MAX_ROWS, Math.round(count * FETCH_CHARACTERS / size(rows))));
    rows = await connection.query(fetch()).catch(wrap);
  }
  await connection.query("COMMIT").catch(wrap);
}

function size(rows: readonly QueryRow[]): number {
  let characters = 1;
  for (const row of rows) {
    for (const value of Object.values(row)) {
      characters += typeof value === "string" ? value.length : VALUE_CHARACTERS;
    }
  }
  return characters;
}

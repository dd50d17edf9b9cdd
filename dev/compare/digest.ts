import { createHash } from "node:crypto";
import { connect } from "../../sdk/postgres/connection.ts";

/** The contents of a table. */
export interface Digest {
  readonly rows: number;
  /** MD5 of all rows as COPY prints them, in the order of the first column. */
  readonly md5: string;
}

const NEWLINE = 10;

/** Returns the digest of columns of a table, all given as SQL. */
export async function digest(url: string, table: string, columns: string): Promise<Digest> {
  await using connection = connect(url);
  const hash = createHash("md5");
  let rows = 0;
  const copy = `COPY (SELECT ${columns} FROM ${table} ORDER BY 1) TO STDOUT`;
  for await (const chunk of connection.copyOut(copy)) {
    hash.update(chunk);
    for (const byte of chunk) if (byte === NEWLINE) rows++;
  }
  return { rows, md5: hash.digest("hex") };
}

/**
 * Fills an empty database with a source, from the simulator or from CSV files, in one transaction.
 *
 * @module
 */
import { sourceTables } from "../../schemas/source_tables.ts";
import type { AnyRow, SourceTableSpec } from "../../schemas/table.ts";
import { connect, type Connection } from "../../sdk/postgres/connection.ts";
import { copyField } from "../../sdk/postgres/copy_text.ts";
import { identifier, identifiers } from "../../sdk/postgres/sql.ts";
import { type CsvFile, openCsv } from "./csv.ts";
import { generate, type GenerateOptions, type Rows } from "./generate.ts";
import { addSourceForeignKeys, continueSourceKeys, createSourceTables } from "./schema.ts";

/** Progress of a fill. */
export interface FillProgress {
  /** The table being filled. */
  readonly table: string;
  /** Its rows so far. */
  readonly rows: number;
}

/** The data to fill a database with. */
export interface FillOptions extends GenerateOptions {
  /** Receives progress while rows are copied. */
  readonly onProgress?: (progress: FillProgress) => void;
}

const CHUNK_CHARACTERS = 65_536;

/** Creates the source's tables and fills them with made-up rows. */
export async function fillFromSimulator(url: string, options: FillOptions): Promise<void> {
  const tables = generate(options);
  await fill(url, (db) =>
    inOrder(async (table) => {
      const columns = Object.keys(table.columns);
      await db.copyIn(
        `COPY ${identifier(table.name)} (${identifiers(columns)}) FROM STDIN`,
        copyText(table.name, columns, tables[table.name], options.onProgress),
      );
    }));
}

/** Creates the source's tables and fills them from `<dir>/<table>.csv`, header line first. */
export async function fillFromCsv(url: string, dir: string): Promise<void> {
  const files = new Map<string, CsvFile>();
  try {
    // All files are opened before the first row is copied, so that a missing one is found early.
    await inOrder(async (table) => void files.set(table.name, await openCsv(dir, table)));
    await fill(url, (db) =>
      inOrder(async (table) => {
        const { columns, chunks } = files.get(table.name)!;
        await db.copyIn(
          `COPY ${identifier(table.name)} (${
            identifiers(columns)
          }) FROM STDIN (FORMAT csv, HEADER)`,
          chunks,
        );
      }));
  } finally {
    for (const file of files.values()) file.close();
  }
}

async function fill(url: string, copyTables: (db: Connection) => Promise<void>): Promise<void> {
  await using db = connect(url);
  await refuseUnlessEmpty(db);
  const run = async (statements: string[]) => {
    for (const statement of statements) await db.query(statement);
  };
  await run(["BEGIN", ...createSourceTables()]);
  await copyTables(db);
  await run([...addSourceForeignKeys(), ...continueSourceKeys(), "COMMIT"]);
  // Like a database in use: it has statistics and a visibility map.
  await db.query(`VACUUM (ANALYZE) ${identifiers(sourceTables.map(({ name }) => name))}`);
  await db.close();
}

async function refuseUnlessEmpty(db: Connection): Promise<void> {
  const names = sourceTables.map(({ name }) => `'${identifier(name)}'`).join(", ");
  const there = await db.query<{ name: string }>(
    `SELECT name FROM unnest(ARRAY[${names}]) AS name WHERE to_regclass(name) IS NOT NULL`,
  );
  if (there.length > 0) {
    throw new Error(`fill an empty database: this one has a table ${there[0].name} already`);
  }
}

/** Parents first. */
async function inOrder(act: (table: SourceTableSpec & { name: TableName }) => Promise<void>) {
  for (const table of sourceTables) await act(table);
}

type TableName = (typeof sourceTables)[number]["name"];

async function* copyText(
  table: string,
  columns: readonly string[],
  rows: Rows,
  onProgress: FillOptions["onProgress"],
): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder();
  let text = "";
  let count = 0;
  for (const row of rows) {
    text += line(columns, row);
    count++;
    if (text.length < CHUNK_CHARACTERS) continue;
    yield encoder.encode(text);
    onProgress?.({ table, rows: count });
    text = "";
  }
  yield encoder.encode(text);
  onProgress?.({ table, rows: count });
}

function line(columns: readonly string[], row: AnyRow): string {
  return columns.map((name) => copyField(row[name])).join("\t") + "\n";
}

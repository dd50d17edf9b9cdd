/**
 * What the same work costs at least: bare statements over open connections.
 *
 * @module
 */
import { totesys } from "../../schemas/model.ts";
import { addForeignKeys, createTable } from "../../sdk/derive/ddl.ts";
import { connect, type Connection } from "../../sdk/postgres/connection.ts";
import { identifier, identifiers } from "../../sdk/postgres/sql.ts";
import type { Bench, Pipeline } from "./context.ts";
import { copyInto, type Subject } from "./subject.ts";

/** Milliseconds, and the bytes that moved. */
export interface FloorCost {
  readonly elapsed_ms: number;
  readonly bytes: number;
}

/** A warehouse with the other tables loaded, and the subject's table still to be filled. */
export class FloorWarehouse implements AsyncDisposable {
  private constructor(
    readonly subject: Subject,
    readonly source: Connection,
    readonly floor: Connection,
  ) {}

  /** Makes one, with the rows that a pipeline has loaded into the other tables. */
  static async open(
    { sandbox, subject, distance }: Pick<Bench, "sandbox" | "subject" | "distance">,
    live: Pipeline,
  ): Promise<FloorWarehouse> {
    const url = await sandbox.postgres.createDatabase(`floor_${crypto.randomUUID().slice(0, 8)}`);
    await copyDimensions(live.near.WAREHOUSE_URL, url, subject);
    const source = connect(live.far.SOURCE_URL);
    const floor = connect(distance ? await distance.to(url) : url);
    await Promise.all([source.query("SELECT 1"), floor.query("SELECT 1")]);
    return new FloorWarehouse(subject, source, floor);
  }

  /**
   * Copies the subject from the source into a table with a primary key, then adds the foreign keys,
   * which are checked as a set.
   */
  async firstLoad(): Promise<FloorCost> {
    const rows = this.source.copyOut(`COPY (${this.subject.select}) TO STDOUT`);
    return await this.load(rows);
  }

  /** Loads the output of a COPY into a new table, then adds the foreign keys. */
  async load(rows: AsyncIterable<Uint8Array>): Promise<FloorCost> {
    const { warehouse } = this.subject;
    const name = identifier(warehouse.name);
    await this.floor.query(`DROP TABLE IF EXISTS ${name}`);
    const count = { bytes: 0 };
    const started = performance.now();
    await this.floor.query("BEGIN");
    await this.floor.query(createTable(warehouse)[0]);
    await this.floor.query(`ALTER TABLE ${name} ADD PRIMARY KEY (${keyOf(this.subject)})`);
    await this.floor.copyIn(copyInto(this.subject), counted(rows, count));
    for (const key of addForeignKeys(warehouse, totesys.warehouse)) await this.floor.query(key);
    await this.floor.query("COMMIT");
    return { elapsed_ms: performance.now() - started, ...count };
  }

  /** Scans every source table, then moves the rows that a condition selects. */
  async tick(condition: string): Promise<FloorCost> {
    const started = performance.now();
    await scan(this.source);
    const { bytes } = await this.move(condition);
    return { elapsed_ms: performance.now() - started, bytes };
  }

  /** Copies the rows that a condition selects into a staging table, and merges them. */
  async move(condition: string): Promise<FloorCost> {
    const name = identifier(this.subject.warehouse.name);
    const key = keyOf(this.subject);
    const others = this.subject.columns.filter((column) => identifier(column) !== key)
      .map((column) => `${identifier(column)} = excluded.${identifier(column)}`);
    const columns = identifiers(this.subject.columns);
    const count = { bytes: 0 };
    const started = performance.now();
    await this.floor.query(
      `BEGIN; CREATE TEMPORARY TABLE staging (LIKE ${name} INCLUDING DEFAULTS) ON COMMIT DROP`,
    );
    await this.floor.copyIn(
      `COPY staging (${columns}) FROM STDIN`,
      counted(
        this.source.copyOut(`COPY (${this.subject.select} WHERE ${condition}) TO STDOUT`),
        count,
      ),
    );
    await this.floor.query(
      `INSERT INTO ${name} (${columns}) SELECT ${columns} FROM staging
        ON CONFLICT (${key}) DO UPDATE SET ${others}; COMMIT`,
    );
    return { elapsed_ms: performance.now() - started, ...count };
  }

  /** Scans every source table, each in a round trip of its own. */
  async scan(): Promise<FloorCost> {
    const started = performance.now();
    await scan(this.source);
    return { elapsed_ms: performance.now() - started, bytes: 0 };
  }

  /** Reads the keys of the subject from the source, and then from this warehouse, in order. */
  async readKeys(): Promise<FloorCost> {
    const { source, warehouse } = this.subject;
    const count = { bytes: 0 };
    const started = performance.now();
    for (const [database, table] of [[this.source, source], [this.floor, warehouse]] as const) {
      const key = identifier(table.key);
      const keys = `COPY (SELECT ${key} FROM ${identifier(table.name)} ORDER BY ${key}) TO STDOUT`;
      await drain(counted(database.copyOut(keys), count));
    }
    return { elapsed_ms: performance.now() - started, ...count };
  }

  /** Makes the planner's statistics and the visibility map as good as in a database in use. */
  async vacuum(): Promise<void> {
    await this.floor.query(`VACUUM ANALYZE ${identifier(this.subject.warehouse.name)}`);
  }

  /** Closes the connections. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.source.close(), this.floor.close()]);
  }
}

function keyOf({ warehouse }: Subject): string {
  return identifier(warehouse.kind === "fact" ? warehouse.surrogate : warehouse.key);
}

async function copyDimensions(from: string, to: string, subject: Subject): Promise<void> {
  await using warehouse = connect(from);
  await using floor = connect(to);
  for (const table of totesys.warehouse) {
    if (table.kind === "fact" || table.name === subject.warehouse.name) continue;
    for (const statement of createTable(table)) await floor.query(statement);
    const name = identifier(table.name);
    await floor.query(`ALTER TABLE ${name} ADD PRIMARY KEY (${identifier(table.key)})`);
    await floor.copyIn(`COPY ${name} FROM STDIN`, warehouse.copyOut(`COPY ${name} TO STDOUT`));
  }
}

async function scan(source: Connection): Promise<void> {
  for (const { name } of totesys.source) {
    await source.query(`SELECT count(*) FROM ${identifier(name)}`);
  }
}

/** Adds up the bytes that pass. */
export async function* counted(
  chunks: AsyncIterable<Uint8Array>,
  count: { bytes: number },
): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    count.bytes += chunk.length;
    yield chunk;
  }
}

/** Reads to the end. */
export async function drain(chunks: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const _ of chunks);
}

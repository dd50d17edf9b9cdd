/**
 * Pipelines whose warehouse mirrors the source: one dimension or fact per table, with unchanged
 * rows. Hostile input must arrive unchanged or be refused with the reason.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import type postgres from "postgres";
import type { Model, SourceTableSpec } from "../../schemas/mod.ts";
import { columnDefinitions } from "../../sdk/derive/ddl.ts";
import type { RunOptions } from "../../sdk/operate/run.ts";
import { verify } from "../../sdk/operate/compare/verify.ts";
import { identifier, identifiers } from "../../sdk/postgres/sql.ts";
import { testLake } from "../support/lake.ts";
import { testDatabase } from "../support/postgres.ts";
import { withTimeout } from "../support/with_timeout.ts";
import { mirrorOf } from "./mirror_model.ts";

/** A mirror: the stages' options, and connections to both ends. */
export interface Mirror extends RunOptions {
  readonly model: Model;
  /** Connections to the source. */
  readonly sourceSql: postgres.Sql;
  /** Connections to the warehouse. */
  readonly sql: postgres.Sql;
}

/** How to lay out a mirror's tables. */
export interface MirrorOptions {
  /** The kind of warehouse table; dimension when omitted. */
  readonly kind?: "dimension" | "fact";
  /** False when the test creates the source's tables itself. */
  readonly create?: boolean;
}

const PATIENCE_MS = 60_000;

/** A test with a source of these tables, an empty lake and an empty warehouse. */
export function test(
  name: string,
  tables: readonly SourceTableSpec[],
  body: (mirror: Mirror) => Promise<void>,
  { kind, create = true }: MirrorOptions = {},
): void {
  Deno.test(name, async () => {
    await using source = await testDatabase("hostile");
    await using warehouse = await testDatabase("hostile_warehouse");
    await using lake = await testLake();
    if (create) { for (const table of tables) await source.sql.unsafe(creation(table)); }
    const mirror = {
      source: source.url,
      sourceSql: source.sql,
      warehouse: warehouse.url,
      sql: warehouse.sql,
      ingestion: lake.ingestion,
      processed: lake.processed,
      model: mirrorOf(tables, kind),
    };
    await withTimeout(PATIENCE_MS, body(mirror));
  });
}

/** The statement that creates a source table, its primary key included. */
export function creation(table: SourceTableSpec, key = true): string {
  const keys = key ? [`PRIMARY KEY (${identifier(table.key)})`] : [];
  return `CREATE TABLE ${identifier(table.name)} (${
    [...columnDefinitions(table), ...keys].join(", ")
  })`;
}

/** Returns a table's rows at one end, with values as the server prints them, in key order. */
export async function printed(sql: postgres.Sql, table: SourceTableSpec): Promise<unknown[][]> {
  const columns = Object.keys(table.columns).map((name) => `${identifier(name)}::text`);
  const rows = await sql.unsafe(
    `SELECT ${columns.join(", ")} FROM ${identifier(table.name)}` +
      ` ORDER BY ${identifiers([table.key])}::text COLLATE "C"`,
  ).values();
  return rows.map((row) => [...row]);
}

/** Asserts that both ends are equal, by verify() and by the servers' own output. */
export async function assertMirrored(mirror: Mirror): Promise<void> {
  const { equal, tables } = await verify(mirror);
  assertEquals(tables.flatMap(({ examples }) => examples), []);
  assertEquals(equal, true);
  for (const table of mirror.model.source) {
    assertEquals(await printed(mirror.sql, table), await printed(mirror.sourceSql, table));
  }
}

/** Returns the reasons in the mirror's quarantine, by key. */
export async function reasons(sql: postgres.Sql): Promise<Record<string, string>> {
  const rows = await sql`SELECT key, reason FROM etl.quarantine ORDER BY key COLLATE "C"`;
  return Object.fromEntries(rows.map(({ key, reason }) => [key, reason]));
}

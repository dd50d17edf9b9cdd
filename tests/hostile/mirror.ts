/**
 * Pipelines whose warehouse is a mirror of the source: a dimension or a fact per table, its rows
 * unchanged. What is hostile in the source must come out over there, or be refused in words.
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
import type { Transforms } from "../../sdk/options.ts";
import { testLake } from "../support/lake.ts";
import { testDatabase } from "../support/postgres.ts";
import { withTimeout } from "../support/with_timeout.ts";
import { mirrorOf } from "./mirror_model.ts";

/** A mirror: what the stages take, and a way to look at either end. */
export interface Mirror extends RunOptions {
  readonly model: Model;
  readonly transforms: Transforms;
  /** Connections to the source. */
  readonly sourceSql: postgres.Sql;
  /** Connections to the warehouse. */
  readonly sql: postgres.Sql;
}

/** How a mirror's tables are laid out. */
export interface MirrorOptions {
  /** Dimensions, unless facts are asked for. */
  readonly kind?: "dimension" | "fact";
  /** False when the test creates the source's tables by itself. */
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
      ...mirrorOf(tables, kind),
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

/** A table's rows at one end, every value as the server prints it, in the order of their keys. */
export async function printed(sql: postgres.Sql, table: SourceTableSpec): Promise<unknown[][]> {
  const columns = Object.keys(table.columns).map((name) => `${identifier(name)}::text`);
  const rows = await sql.unsafe(
    `SELECT ${columns.join(", ")} FROM ${identifier(table.name)}` +
      ` ORDER BY ${identifiers([table.key])}::text COLLATE "C"`,
  ).values();
  return rows.map((row) => [...row]);
}

/** Asserts that both ends hold the same, by the product's comparison and by the server's own words. */
export async function assertMirrored(mirror: Mirror): Promise<void> {
  const { equal, tables } = await verify(mirror);
  assertEquals(tables.flatMap(({ examples }) => examples), []);
  assertEquals(equal, true);
  for (const table of mirror.model.source) {
    assertEquals(await printed(mirror.sql, table), await printed(mirror.sourceSql, table));
  }
}

/** What is in the mirror's quarantine, by key: the reasons. */
export async function reasons(sql: postgres.Sql): Promise<Record<string, string>> {
  const rows = await sql`SELECT key, reason FROM etl.quarantine ORDER BY key COLLATE "C"`;
  return Object.fromEntries(rows.map(({ key, reason }) => [key, reason]));
}

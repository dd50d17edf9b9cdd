/**
 * The roles of terraform/sql/, in the databases of a test's pipeline.
 *
 * @module
 */
import { assert } from "@std/assert";
import postgres from "postgres";
import { makeRole, newPassword, type Role } from "../../deploy/roles.ts";
import { identifier } from "../../sdk/postgres/sql.ts";
import type { TestPipeline } from "../operate/pipelines.ts";

/** A pipeline's databases with the roles of terraform/sql/. */
export interface Roles extends AsyncDisposable {
  readonly source: string;
  readonly warehouse: string;
  readonly dashboard: string;
  /** The owner of the warehouse's database. */
  readonly admin: string;
  readonly names: Readonly<Record<"reader" | "loader" | "dashboard", string>>;
  /** Does what every deployment does again. */
  readonly deploy: () => Promise<void>;
}

/** Creates the roles of a pipeline. */
export async function makeRoles(pipeline: TestPipeline): Promise<Roles> {
  const { sourceSql, sql } = pipeline;
  const [id] = crypto.randomUUID().split("-");
  const names = { reader: `reader ${id}`, loader: `loader"${id}`, dashboard: `dashboard'${id}` };
  const sourceOwner = await ownerOf(sourceSql, pipeline.source);
  const warehouseOwner = await ownerOf(sql, pipeline.warehouse);
  const password = newPassword();
  const reader: Role = { file: "source_reader", role: names.reader };
  const loader: Role = { file: "warehouse_loader", role: names.loader };
  const dashboard: Role = {
    file: "warehouse_dashboard",
    role: names.dashboard,
    loader: names.loader,
  };
  const deploy = async () => {
    await makeRole(sourceOwner.url, reader, password);
    await makeRole(warehouseOwner.url, loader, password);
    await makeRole(warehouseOwner.url, dashboard, password);
  };
  await deploy();
  await deploy();
  const as = (url: string, username: string) => Object.assign(new URL(url), { username }).href;
  return {
    source: as(pipeline.source, names.reader),
    warehouse: as(pipeline.warehouse, names.loader),
    dashboard: as(pipeline.warehouse, names.dashboard),
    admin: warehouseOwner.url,
    names,
    deploy,
    [Symbol.asyncDispose]: async () => {
      await dropRoles(sql, names.dashboard, names.loader);
      await dropRoles(sourceSql, names.reader);
      await sourceOwner[Symbol.asyncDispose]();
      await warehouseOwner[Symbol.asyncDispose]();
    },
  };
}

/** Gives a database and its contents to a new role like RDS's master user. */
export async function ownerOf(
  sql: postgres.Sql,
  url: string,
): Promise<AsyncDisposable & { readonly url: string }> {
  const name = `owner_${crypto.randomUUID().replaceAll("-", "")}`;
  const database = identifier(new URL(url).pathname.slice(1));
  await sql.unsafe(`CREATE ROLE ${name} LOGIN CREATEROLE CREATEDB;
    ALTER DATABASE ${database} OWNER TO ${name}`);
  for (
    const { tablename } of await sql`SELECT tablename FROM pg_tables WHERE schemaname = 'public'`
  ) {
    await sql.unsafe(`ALTER TABLE ${identifier(tablename)} OWNER TO ${name}`);
  }
  return {
    url: Object.assign(new URL(url), { username: name }).href,
    [Symbol.asyncDispose]: async () => {
      await sql.unsafe(`REASSIGN OWNED BY ${name} TO postgres; DROP OWNED BY ${name} CASCADE`);
      await sql.unsafe(`DROP ROLE ${name}`);
    },
  };
}

async function dropRoles(sql: postgres.Sql, ...names: string[]): Promise<void> {
  for (const name of names.map(identifier)) {
    await sql.unsafe(`DROP OWNED BY ${name} CASCADE; DROP ROLE ${name}`);
  }
}

/** Runs a statement as the URL's user, and returns `done` or the error. */
export async function attempt(url: string, statement: string): Promise<string> {
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  try {
    await sql.unsafe(statement);
    return "done";
  } catch (error) {
    return String(error);
  } finally {
    await sql.end();
  }
}

/** Asserts that a role is refused each statement for a missing right. */
export async function assertRefused(url: string, statements: readonly string[]): Promise<void> {
  for (const statement of statements) {
    // A role that can disable the second protection must still meet the first.
    const message = await attempt(
      url,
      `SET default_transaction_read_only = off; COMMIT; ${statement}`,
    );
    assert(
      /permission denied|must be owner|must be superuser/.test(message),
      `${statement}: ${message}`,
    );
  }
}

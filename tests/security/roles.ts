/**
 * Roles with no more rights than their job takes.
 *
 * @module
 */
import type postgres from "postgres";
import { sourceTables } from "../../schemas/source_tables.ts";
import { identifier, identifiers } from "../../sdk/postgres/sql.ts";

/** A role that goes, with everything it owns, when its scope ends. */
export interface TestRole extends AsyncDisposable {
  /** Its name, as SQL. */
  readonly name: string;
  /** The URL of a database, for this role. */
  readonly url: string;
}

/**
 * Makes a role that has nothing but what the statements grant it: `role` and `database` are their
 * names as SQL. Nobody else has any right in the database, but for its owner.
 */
export async function testRole(
  sql: postgres.Sql,
  url: string,
  grants: (role: string, database: string) => string,
): Promise<TestRole> {
  const plain = `role_${crypto.randomUUID().replaceAll("-", "")}`;
  const [name, database] = [identifier(plain), identifier(new URL(url).pathname.slice(1))];
  await sql.unsafe(`
    REVOKE ALL ON DATABASE ${database} FROM PUBLIC;
    REVOKE ALL ON SCHEMA public FROM PUBLIC;
    CREATE ROLE ${name} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;
    ${grants(name, database)}`);
  const address = new URL(url);
  address.username = plain;
  return {
    name,
    url: address.href,
    [Symbol.asyncDispose]: async () => {
      await sql.unsafe(`DROP OWNED BY ${name} CASCADE; DROP ROLE ${name}`);
    },
  };
}

/** What the README says the reader of a source needs. */
export function readerRights(role: string, database: string): string {
  const tables = identifiers(sourceTables.map(({ name }) => name));
  return `GRANT CONNECT ON DATABASE ${database} TO ${role};
    GRANT USAGE ON SCHEMA public TO ${role};
    GRANT SELECT ON ${tables} TO ${role};`;
}

/** What a loader needs that may make its own schemas. */
export function loaderRights(role: string, database: string): string {
  return `GRANT CONNECT, TEMPORARY, CREATE ON DATABASE ${database} TO ${role};
    CREATE SCHEMA star AUTHORIZATION ${role};
    ALTER ROLE ${role} IN DATABASE ${database} SET search_path = star;`;
}

/** What a loader needs whose schemas somebody else has made. */
export function guestRights(role: string, database: string): string {
  return `GRANT CONNECT, TEMPORARY ON DATABASE ${database} TO ${role};
    CREATE SCHEMA star AUTHORIZATION ${role};
    CREATE SCHEMA etl AUTHORIZATION ${role};
    ALTER ROLE ${role} IN DATABASE ${database} SET search_path = star;`;
}

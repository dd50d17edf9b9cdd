/**
 * Roles with the fewest rights that their job needs.
 *
 * @module
 */
import type postgres from "postgres";
import { sourceTables } from "../../schemas/source_tables.ts";
import { identifier, identifiers } from "../../sdk/postgres/sql.ts";

/** A role that is dropped with everything it owns when its scope ends. */
export interface TestRole extends AsyncDisposable {
  /** Its name, as SQL. */
  readonly name: string;
  /** The URL of a database, for this role. */
  readonly url: string;
}

/**
 * Creates a role with only the rights that the statements grant. `role` and `database` are quoted
 * names. No other role except the owner has rights in the database.
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

/** The rights of a source's reader, as in the README. */
export function readerRights(role: string, database: string): string {
  const tables = identifiers(sourceTables.map(({ name }) => name));
  return `GRANT CONNECT ON DATABASE ${database} TO ${role};
    GRANT USAGE ON SCHEMA public TO ${role};
    GRANT SELECT ON ${tables} TO ${role};`;
}

/** The rights of a loader that creates its own schemas. */
export function loaderRights(role: string, database: string): string {
  return `GRANT CONNECT, TEMPORARY, CREATE ON DATABASE ${database} TO ${role};
    CREATE SCHEMA star AUTHORIZATION ${role};
    ALTER ROLE ${role} IN DATABASE ${database} SET search_path = star;`;
}

/** The rights of a loader whose schemas already exist. */
export function guestRights(role: string, database: string): string {
  return `GRANT CONNECT, TEMPORARY ON DATABASE ${database} TO ${role};
    CREATE SCHEMA star AUTHORIZATION ${role};
    CREATE SCHEMA etl AUTHORIZATION ${role};
    ALTER ROLE ${role} IN DATABASE ${database} SET search_path = star;`;
}

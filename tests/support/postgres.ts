/**
 * Creates databases for tests on the Postgres that dev/test.ts started. Under a bare `deno test`,
 * each test module starts its own.
 *
 * @module
 */
import postgres from "postgres";
import { startPostgres } from "../../dev/postgres.ts";

/** A test's database. */
export interface TestDatabase extends AsyncDisposable {
  /** Its URL, as superuser. */
  readonly url: string;
  /** A pool of connections to it. */
  readonly sql: postgres.Sql;
  /** Closes the connections, disconnects other sessions and drops the database. */
  drop(): Promise<void>;
}

// While the module loads, so that no test is reported for leaking the server's process.
const SERVER = Deno.env.get("TEST_POSTGRES_URL") ?? (await startPostgres()).url("postgres");
const CONNECTIONS = 4;

/** Creates an empty database with a unique name. */
export async function testDatabase(prefix = "test"): Promise<TestDatabase> {
  const name = `${prefix}_${crypto.randomUUID().replaceAll("-", "")}`;
  await onServer((sql) => sql`create database ${sql(name)} strategy file_copy`);
  const url = new URL(SERVER);
  url.pathname = `/${name}`;
  const sql = postgres(url.href, { max: CONNECTIONS, onnotice: () => {} });
  const drop = async () => {
    await sql.end({ timeout: 1 });
    await onServer((server) => server`drop database if exists ${server(name)} with (force)`);
  };
  return { url: url.href, sql, drop, [Symbol.asyncDispose]: drop };
}

async function onServer(act: (sql: postgres.Sql) => PromiseLike<unknown>): Promise<void> {
  const sql = postgres(SERVER, { max: 1, onnotice: () => {} });
  try {
    await act(sql);
  } finally {
    await sql.end();
  }
}

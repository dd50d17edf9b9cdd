import { assert, assertEquals, assertMatch, assertRejects, assertThrows } from "@std/assert";
import { join } from "node:path";
import postgres from "postgres";
import { startPostgres } from "../../dev/postgres.ts";
import { ConfigurationError, SourceError } from "../../sdk/errors.ts";
import { connect } from "../../sdk/postgres/connection.ts";
import { encryptionOf } from "../../sdk/postgres/encryption.ts";
import { wrapError } from "../../sdk/postgres/wrap_error.ts";
import { postgresFolder } from "../support/postgres_folder.ts";

const of = (url: string) => encryptionOf(new URL(url));

Deno.test("a local server is reached in plain text, and any other is verified by TLS", () => {
  for (const host of ["localhost", "127.0.0.1", "[::1]"]) {
    assertEquals(of(`postgres://${host}/db`), { mode: "none" });
  }
  for (const host of ["db.example.com", "10.0.0.7", "localhost.example.com"]) {
    assertEquals(of(`postgres://${host}/db`), { mode: "verified" });
  }
  assertEquals(of("postgres://db.example.com/db?sslmode=disable"), { mode: "none" });
  assertEquals(of("postgres://localhost/db?sslmode=require"), { mode: "verified" });
});

Deno.test("a database of RDS is verified by the authorities of RDS, and others by the named ones", () => {
  const rds = of("postgres://x.abc.eu-west-2.rds.amazonaws.com/db");
  assert(rds.mode === "verified");
  assertMatch(rds.authorities ?? "", /^https:\/\/truststore\.pki\.rds\.amazonaws\.com\//);
  assertEquals(of("postgres://db.example.com/db?sslrootcert=/etc/ca.pem"), {
    mode: "verified",
    authorities: "/etc/ca.pem",
  });
});

Deno.test("a URL without a host is as local as the host that PGHOST names", () => {
  assertEquals(of("postgres:///db"), { mode: "none" });
  Deno.env.set("PGHOST", "db.example.com");
  try {
    assertEquals(of("postgres:///db"), { mode: "verified" });
  } finally {
    Deno.env.delete("PGHOST");
  }
});

Deno.test("a server that closes the connection when asked for TLS is an error, not a wait", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const hangingUp = (async () => {
    const connection = await listener.accept();
    await connection.read(new Uint8Array(8));
    connection.close();
  })();
  const error = await refusal(
    `postgres://a@127.0.0.1:${listener.addr.port}/db?sslmode=verify-full`,
  );
  assertMatch(error.message, /closed the connection/);
  assertEquals(error.retryable, true);
  await hangingUp;
});

for (const mode of ["prefer", "allow", "yes", ""]) {
  Deno.test(`sslmode=${mode} is refused, because it allows plain text`, () => {
    assertThrows(() => of(`postgres://db.example.com/db?sslmode=${mode}`), ConfigurationError);
  });
}

Deno.test("a connection is encrypted, and only to the server that its certificate names", async () => {
  await using folder = await postgresFolder();
  await using server = await startPostgres({ dir: folder.dir });
  const plain = postgres(server.url("postgres"), { max: 1, onnotice: () => {} });
  const at = (host: string, query: string) =>
    server.url("postgres").replace("127.0.0.1", host) + query;

  const without = await refusal(at("localhost", "?sslmode=verify-full"));
  assertMatch(without.message, /does not offer an encrypted connection/);
  assertMatch(without.next?.advice ?? "", /sslmode=disable/);

  const authority = await certify(plain, folder.dir);
  const root = `sslrootcert=${encodeURIComponent(authority)}`;
  await using secure = connect(at("localhost", `?sslmode=verify-full&${root}`));
  const [{ ssl, version }] = await secure.query(
    "SELECT ssl, version FROM pg_stat_ssl WHERE pid = pg_backend_pid()",
  );
  assertEquals(ssl, true);
  assertMatch(String(version), /^TLSv1\.[23]$/);
  const rows = "SELECT i, repeat('x', i % 1000) FROM generate_series(1, 10000) AS i";
  const copied = await Array.fromAsync(
    secure.copyOut(`COPY (${rows}) TO STDOUT`),
    (chunk) => new TextDecoder().decode(chunk),
  );
  const lines = Array.from(
    { length: 10_000 },
    (_, n) => `${n + 1}\t${"x".repeat((n + 1) % 1000)}\n`,
  );
  assert(copied.join("") === lines.join(""));
  await secure.query("CREATE TEMPORARY TABLE t (i int, x text)");
  await secure.copyIn("COPY t FROM STDIN", new Blob(lines).stream());
  const [{ same }] = await secure.query(
    `SELECT count(*)::int AS same FROM t NATURAL JOIN (${rows}) AS r (i, x)`,
  );
  assertEquals(same, 10_000);

  const unknown = await refusal(at("localhost", "?sslmode=verify-full"));
  assertMatch(unknown.next?.advice ?? "", /sslrootcert/);
  const misnamed = await refusal(at("127.0.0.1", `?sslmode=verify-full&${root}`));
  assertMatch(misnamed.next?.advice ?? "", /host name in the certificate/);
  const missing = await assertRejects(
    () => ask(at("localhost", "?sslmode=verify-full&sslrootcert=/no/such.pem")),
    ConfigurationError,
    "/no/such.pem",
  );
  assertMatch(missing.next?.advice ?? "", /PGSSLROOTCERT/);
  await plain.end();
});

async function ask(url: string): Promise<void> {
  await using connection = connect(url);
  await connection.query("SELECT 1").catch(wrapError(SourceError, "cannot read the source", {}));
}

async function refusal(url: string): Promise<SourceError> {
  return await assertRejects(() => ask(url), SourceError);
}

/** Gives the server a certificate for `localhost`, and returns the file with its authority. */
async function certify(sql: postgres.Sql, dir: string): Promise<string> {
  const [{ data }] = await sql`SELECT current_setting('data_directory') AS data`;
  const folder = await Deno.makeTempDir({ dir, prefix: "tls-" });
  const authority = join(folder, "ca.pem");
  const openssl = async (command: string) => {
    const run = new Deno.Command("openssl", {
      args: command.split(" "),
      cwd: folder,
      stderr: "piped",
    });
    const { success, stderr } = await run.output();
    assert(success, new TextDecoder().decode(stderr));
  };
  await openssl(
    "req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -days 2 -subj /CN=test-ca",
  );
  await openssl(
    "req -newkey rsa:2048 -nodes -keyout server.key -out server.csr -subj /CN=localhost",
  );
  await Deno.writeTextFile(join(folder, "names"), "subjectAltName=DNS:localhost");
  await openssl(
    "x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -out server.pem -days 2 -extfile names",
  );
  const owner = await Deno.stat(data);
  for (const name of ["server.pem", "server.key"]) {
    await Deno.copyFile(join(folder, name), join(data, name));
    await Deno.chmod(join(data, name), 0o600);
    await Deno.chown(join(data, name), owner.uid, owner.gid);
  }
  for (const [name, value] of [["cert", "server.pem"], ["key", "server.key"]]) {
    await sql.unsafe(`ALTER SYSTEM SET ssl_${name}_file = '${value}'`);
  }
  await sql`ALTER SYSTEM SET ssl = on`;
  await sql`SELECT pg_reload_conf()`;
  await new Promise((resolve) => setTimeout(resolve, 500));
  return authority;
}

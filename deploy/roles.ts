/**
 * Creates the roles of terraform/sql/ in a database.
 *
 * @module
 */
import { createHash, createHmac, pbkdf2Sync, randomBytes } from "node:crypto";
import { sourceTables } from "../schemas/source_tables.ts";
import { connect } from "../sdk/postgres/connection.ts";

/** A role, the file that grants its privileges, and the parameters of that file. */
export type Role =
  | { readonly file: "source_reader"; readonly role: string }
  | { readonly file: "warehouse_loader"; readonly role: string }
  | { readonly file: "warehouse_dashboard"; readonly role: string; readonly loader: string };

const FOLDER = new URL("../terraform/sql/", import.meta.url);
const ITERATIONS = 4096;
const KEY_BYTES = 32;

/**
 * Creates a role, or updates its password and privileges, in one transaction.
 *
 * @param url The database, with a user who owns it and can create roles.
 */
export async function makeRole(url: string, role: Role, password: string): Promise<void> {
  const settings: Record<string, string> = {
    ...role,
    // A verifier, so that the server's logs never contain the password.
    password: scramVerifier(password),
    tables: `{${sourceTables.map(({ name }) => JSON.stringify(name)).join()}}`,
  };
  // Verifies the server's certificate before it sends the master user's password.
  await using connection = connect(url);
  await connection.query("BEGIN");
  for (const [name, value] of Object.entries(settings)) {
    await connection.query("SELECT set_config($1, $2, true)", [`totesys.${name}`, value]);
  }
  for (const file of ["login", role.file]) {
    await connection.query(await Deno.readTextFile(new URL(`${file}.sql`, FOLDER)));
  }
  await connection.query("COMMIT");
}

/** Returns a password of 256 random bits, in characters that need no encoding in a URL. */
export function newPassword(): string {
  return randomBytes(32).toString("base64url");
}

/**
 * Returns the SCRAM verifier that Postgres stores for a password.
 *
 * @see https://www.postgresql.org/docs/current/catalog-pg-authid.html
 * @see https://www.rfc-editor.org/rfc/rfc5802#section-3
 */
function scramVerifier(password: string): string {
  const salt = randomBytes(16);
  // Postgres normalizes passwords with SASLprep, which does not change printable ASCII.
  if (!/^[\x21-\x7e]+$/.test(password)) throw new TypeError("the password must be printable ASCII");
  const salted = pbkdf2Sync(password, salt, ITERATIONS, KEY_BYTES, "sha256");
  const hmac = (text: string) => createHmac("sha256", salted).update(text).digest();
  const stored = createHash("sha256").update(hmac("Client Key")).digest("base64");
  const server = hmac("Server Key").toString("base64");
  return `SCRAM-SHA-256$${ITERATIONS}:${salt.toString("base64")}$${stored}:${server}`;
}

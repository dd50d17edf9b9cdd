/**
 * Makes the roles of terraform/sql/ in a database.
 *
 * @module
 */
import { createHash, createHmac, pbkdf2Sync, randomBytes } from "node:crypto";
import { sourceTables } from "../schemas/source_tables.ts";
import { connect } from "../sdk/postgres/connection.ts";

/** A role by the file that grants its rights, with what that file asks for. */
export type Role =
  | { readonly file: "source_reader"; readonly role: string }
  | { readonly file: "warehouse_loader"; readonly role: string }
  | { readonly file: "warehouse_dashboard"; readonly role: string; readonly loader: string };

const FOLDER = new URL("../terraform/sql/", import.meta.url);
const ITERATIONS = 4096;
const KEY_BYTES = 32;

/**
 * Makes a role, or gives it this password and the rights it should have by now. `url` is the database,
 * as somebody who owns it and may create roles. Nothing is changed when anything fails.
 */
export async function makeRole(url: string, role: Role, password: string): Promise<void> {
  const settings: Record<string, string> = {
    ...role,
    // What is not a password cannot be read in the server's logs.
    password: scramVerifier(password),
    tables: `{${sourceTables.map(({ name }) => JSON.stringify(name)).join()}}`,
  };
  // As the pipeline connects: the master's password goes to no server that has not proved itself.
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

/** A password that nobody can guess, of characters that a URL takes as they are. */
export function newPassword(): string {
  return randomBytes(32).toString("base64url");
}

/**
 * What Postgres keeps of a password.
 *
 * @see https://www.postgresql.org/docs/current/catalog-pg-authid.html
 * @see https://www.rfc-editor.org/rfc/rfc5802#section-3
 */
function scramVerifier(password: string): string {
  const salt = randomBytes(16);
  // Postgres normalizes a password by SASLprep, which leaves these alone.
  if (!/^[\x21-\x7e]+$/.test(password)) throw new TypeError("a password of printable ASCII only");
  const salted = pbkdf2Sync(password, salt, ITERATIONS, KEY_BYTES, "sha256");
  const hmac = (text: string) => createHmac("sha256", salted).update(text).digest();
  const stored = createHash("sha256").update(hmac("Client Key")).digest("base64");
  const server = hmac("Server Key").toString("base64");
  return `SCRAM-SHA-256$${ITERATIONS}:${salt.toString("base64")}$${stored}:${server}`;
}

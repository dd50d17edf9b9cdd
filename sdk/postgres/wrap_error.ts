import { type ErrorContext, EtlError } from "../errors.ts";
import type { Remedy } from "../remedy.ts";

/** The properties of an error of the driver or the server. */
interface DatabaseError extends Error {
  readonly code?: string;
  readonly detail?: string;
}

/**
 * SQLSTATE classes that do not depend on the request: connection, transaction rollback, resources,
 * operator intervention.
 *
 * @see https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
const TRANSIENT_STATE = /^(08|40|53|57|55P03)/;
const TRANSIENT_CODE = /^(CONNECTION_|CONNECT_|ECONN|ETIMEDOUT|EPIPE|ENOTFOUND|EAI_AGAIN)/;

/** The server ended the session, or is starting or stopping. */
const ENDED_STATE = /^57P/;

const REPEATED = "a key repeats in the batch: make it unique in the source";

/** The remedy when a changed table has dependents that are not the pipeline's. */
const DEPENDENTS: Remedy = {
  advice: "drop your views that depend on it, run again, then create them again",
  or: { operations: [{ name: "replay", fromIngestion: true }] },
};

const CERTIFICATE_ERRORS = [
  "SELF_SIGNED_CERT_IN_CHAIN",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "CERT_HAS_EXPIRED",
  "ERR_TLS_CERT_ALTNAME_INVALID",
];
const CERTIFICATE_ADVICE =
  "set sslrootcert in the URL to the authorities that sign the server's certificate, and use the " +
  "host name in the certificate";

const ADVICE: Readonly<Record<string, Remedy | string>> = {
  "21000": REPEATED,
  "23505": REPEATED,
  "28P01": "check the user and password in the URL",
  "28000": "check the user in the URL, and that the server accepts it from this machine",
  "2BP01": DEPENDENTS,
  "0A000": DEPENDENTS,
  "55P03":
    "another session holds a lock on the table, perhaps to change it: run again when that is done",
  "3D000": "check the database name in the URL",
  "42501": "grant the role the missing right",
  "42P01":
    "check that the URL names the right database, its search_path the right schema, and that " +
    "the role can use it (USAGE)",
  ECONNREFUSED: "check the host and port in the URL, and that the server is running",
  ECONNRESET: "check that the server is running, and that it supports TLS if the URL requires it",
  ENOTFOUND: "check the host in the URL",
  CONNECT_TIMEOUT:
    "check the host and port in the URL, and that a firewall does not block this machine",
  TLS_REFUSED:
    "enable TLS on the server; or, on a network you trust, set sslmode=disable in the URL",
  ...Object.fromEntries(CERTIFICATE_ERRORS.map((code) => [code, CERTIFICATE_ADVICE])),
};

/**
 * Returns a handler that wraps a database error in one of ours, with its detail, a remedy and
 * whether a retry can help. Our own errors pass unchanged.
 */
export function wrapError(
  Kind: typeof EtlError,
  what: string,
  context: ErrorContext,
): (cause: unknown) => never {
  return (cause) => {
    if (cause instanceof EtlError || !(cause instanceof Error)) throw cause;
    const { code = "", detail } = cause as DatabaseError;
    throw new Kind(`${what}: ${messageOf(cause)}${detail ? ` (${detail})` : ""}`, {
      ...context,
      next: ADVICE[code] ?? context.next,
      retryable: isTransient(cause),
      cause,
    });
  };
}

/** Returns whether a database error does not depend on the request: a retry can help. */
export function isTransient(error: unknown): boolean {
  const { code = "" } = error as DatabaseError;
  return TRANSIENT_STATE.test(code) || TRANSIENT_CODE.test(code);
}

/** Returns whether a connection was lost: another one can succeed. */
export function isLost(error: unknown): boolean {
  const { code = "" } = error as DatabaseError;
  return TRANSIENT_CODE.test(code) || ENDED_STATE.test(code);
}

/** Returns what happened. postgres.js does not know the address that its message would name. */
function messageOf({ message, code = "" }: DatabaseError): string {
  if (!/^write \w+ undefined:undefined$/.test(message)) return message || code;
  return code === "CONNECT_TIMEOUT"
    ? "the server did not answer the login"
    : "the connection was closed";
}

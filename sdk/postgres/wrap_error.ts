import { type ErrorContext, EtlError } from "../errors.ts";
import type { Remedy } from "../remedy.ts";

/** What an error of the driver or of the server carries. */
interface DatabaseError extends Error {
  readonly code?: string;
  readonly detail?: string;
}

/**
 * SQLSTATE classes that say nothing about the request: connection, transaction rollback, resources,
 * operator intervention.
 *
 * @see https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
const TRANSIENT_STATE = /^(08|40|53|57|55P03)/;
const TRANSIENT_CODE = /^(CONNECTION_|CONNECT_|ECONN|ETIMEDOUT|EPIPE|ENOTFOUND|EAI_AGAIN)/;

const REPEATED = "a key comes twice in the batch: make the key unique in the source";

/** A spec changed, and objects that are not the pipeline's depend on what it has to change. */
const DEPENDENTS: Remedy = {
  advice: "drop the views of your own that depend on it, run again, and create them again",
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
  "name the authorities that sign the server's certificate by sslrootcert in the URL, and the " +
  "server as its certificate does";

const ADVICE: Readonly<Record<string, Remedy | string>> = {
  "21000": REPEATED,
  "23505": REPEATED,
  "28P01": "check the user and password in the URL",
  "28000": "check the user in the URL, and that the server lets it in from here",
  "2BP01": DEPENDENTS,
  "0A000": DEPENDENTS,
  "55P03": "somebody keeps the table locked, to change it perhaps: run again when that is done",
  "3D000": "check the database name in the URL",
  "42501": "grant the role what is missing",
  "42P01":
    "check that the URL names the right database, its search_path the right schema, and that " +
    "the role may use it (USAGE)",
  ECONNREFUSED: "check the host and port in the URL, and that the server is up",
  ECONNRESET: "check that the server is up, and that it takes TLS if the URL asks for that",
  ENOTFOUND: "check the host in the URL",
  CONNECT_TIMEOUT: "check the host and port in the URL, and that the server lets this machine in",
  TLS_REFUSED:
    "switch TLS on in the server; or, on a network you trust: sslmode=disable in the URL",
  ...Object.fromEntries(CERTIFICATE_ERRORS.map((code) => [code, CERTIFICATE_ADVICE])),
};

/**
 * Returns a handler that turns an error of the database into one of ours, with its detail, advice,
 * and whether trying again can help. Errors that are ours already pass as they are.
 */
export function wrapError(
  Kind: typeof EtlError,
  what: string,
  context: ErrorContext,
): (cause: unknown) => never {
  return (cause) => {
    if (cause instanceof EtlError || !(cause instanceof Error)) throw cause;
    const { code = "", detail, message } = cause as DatabaseError;
    throw new Kind(`${what}: ${message || code}${detail ? ` (${detail})` : ""}`, {
      ...context,
      next: ADVICE[code] ?? context.next,
      retryable: TRANSIENT_STATE.test(code) || TRANSIENT_CODE.test(code),
      cause,
    });
  };
}

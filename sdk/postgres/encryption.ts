/**
 * Whether a connection is encrypted, and whose word says that the server is the right one. A password
 * or a row never crosses a network in the clear unless someone has written that it may.
 *
 * @see https://www.postgresql.org/docs/current/libpq-ssl.html
 * @module
 */
import { readFile } from "node:fs/promises";
import process from "node:process";
import { ConfigurationError } from "../errors.ts";

/** How a connection is secured. */
export type Encryption =
  /** It is not. */
  | { readonly mode: "none" }
  /** By TLS, to a server whose certificate names its host and comes from a known authority. */
  | {
    readonly mode: "verified";
    /** Where the authorities' certificates are: a file, or an https URL; the system's when omitted. */
    readonly authorities?: string;
  };

/** Amazon signs the certificates of its databases itself, and publishes with what. */
const RDS_HOST = /\.rds\.amazonaws\.com(\.cn)?$/;
const RDS_AUTHORITIES = "https://truststore.pki.rds.amazonaws.com/global/global-bundle.pem";

const LOCAL = /^(localhost|127\.\d+\.\d+\.\d+|\[?::1\]?|\/.*|)$/;

/** These may fall back to plain text. */
const EVASIVE = ["allow", "prefer"];
/** `require` and `verify-ca` ask for less than is given. */
const VERIFIED = ["verify-full", "verify-ca", "require"];

/**
 * How the connection to a URL is secured: by `sslmode` and `sslrootcert` in it, as libpq spells them.
 * Without them, a server on this machine is trusted, and any other must prove itself.
 *
 * @throws {ConfigurationError} when the mode may fall back to plain text unnoticed, or is none.
 */
export function encryptionOf({ hostname, searchParams }: URL): Encryption {
  // Without a host in the URL, the driver takes that of the environment.
  const host = hostname || process.env.PGHOST || "";
  const mode = searchParams.get("sslmode") ?? (LOCAL.test(host) ? "disable" : "verify-full");
  if (mode === "disable") return { mode: "none" };
  if (!VERIFIED.includes(mode)) {
    throw new ConfigurationError(
      // Whatever else stands there may be a part of a password.
      `sslmode${
        EVASIVE.includes(mode) ? `=${mode}` : ""
      } does not say whether the connection is encrypted`,
      {
        stage: "configuration",
        next: "write sslmode=verify-full in the URL, or sslmode=disable on a network you trust",
      },
    );
  }
  const authorities = searchParams.get("sslrootcert") ?? process.env.PGSSLROOTCERT ??
    (RDS_HOST.test(host) ? RDS_AUTHORITIES : undefined);
  return authorities === undefined || authorities === "system"
    ? { mode: "verified" }
    : { mode: "verified", authorities };
}

/** The URL without what this module has read of it: the server knows no such parameters. */
export function withoutEncryption(url: URL): URL {
  const rest = new URL(url);
  for (const name of ["sslmode", "sslrootcert"]) rest.searchParams.delete(name);
  return rest;
}

const fetched = new Map<string, Promise<string>>();

/**
 * The authorities' certificates, as PEM.
 *
 * @throws {ConfigurationError} when they cannot be read.
 */
export async function readAuthorities(place: string): Promise<string> {
  try {
    if (!place.startsWith("https://")) return await readFile(place, "utf8");
    if (!fetched.has(place)) fetched.set(place, download(place));
    return await fetched.get(place)!;
  } catch (cause) {
    fetched.delete(place);
    throw new ConfigurationError(`cannot read the certificates in ${place}`, {
      stage: "configuration",
      next: "download them, and name the file in PGSSLROOTCERT or by sslrootcert in the URL",
      cause,
    });
  }
}

async function download(url: string): Promise<string> {
  const answer = await fetch(url, { signal: AbortSignal.timeout(10_000) });
  if (!answer.ok) throw new Error(`${answer.status} ${answer.statusText}`);
  return await answer.text();
}

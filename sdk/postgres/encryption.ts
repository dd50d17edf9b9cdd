/**
 * Decides whether a connection is encrypted and how the server proves its identity. No password or
 * row crosses a network in plain text unless a setting allows it.
 *
 * @see https://www.postgresql.org/docs/current/libpq-ssl.html
 *
 * @module
 */
import { readFile } from "node:fs/promises";
import process from "node:process";
import { ConfigurationError } from "../errors.ts";

/** How a connection is secured. */
export type Encryption =
  /** No encryption. */
  | { readonly mode: "none" }
  /** TLS, to a server whose certificate names its host and is signed by a known authority. */
  | {
    readonly mode: "verified";
    /** The authorities' certificates: a file or an https URL; the system's when omitted. */
    readonly authorities?: string;
  };

/**
 * Amazon signs its databases' certificates itself and publishes its authorities' certificates here.
 */
const RDS_HOST = /\.rds\.amazonaws\.com(\.cn)?$/;
const RDS_AUTHORITIES = "https://truststore.pki.rds.amazonaws.com/global/global-bundle.pem";

const LOCAL = /^(localhost|127\.\d+\.\d+\.\d+|\[?::1\]?|\/.*|)$/;

/** These modes can fall back to plain text. */
const OPPORTUNISTIC = ["allow", "prefer"];
/** `require` and `verify-ca` demand less than this module checks. */
const VERIFIED = ["verify-full", "verify-ca", "require"];

/**
 * Returns how to secure the connection to a URL, from its `sslmode` and `sslrootcert`, which have
 * libpq's meaning. Without them, a local server is trusted and any other must prove its identity.
 *
 * @throws {ConfigurationError} when the mode is unknown or can fall back to plain text.
 */
export function encryptionOf({ hostname, searchParams }: URL): Encryption {
  // Without a host in the URL, the driver uses that of the environment.
  const host = hostname || process.env.PGHOST || "";
  const mode = searchParams.get("sslmode") ?? (LOCAL.test(host) ? "disable" : "verify-full");
  if (mode === "disable") return { mode: "none" };
  if (!VERIFIED.includes(mode)) {
    throw new ConfigurationError(
      // Any other text could be part of a password.
      `sslmode${
        OPPORTUNISTIC.includes(mode) ? `=${mode}` : ""
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

/** Returns the URL without the parameters that this module reads: the server does not know them. */
export function withoutEncryption(url: URL): URL {
  const rest = new URL(url);
  for (const name of ["sslmode", "sslrootcert"]) rest.searchParams.delete(name);
  return rest;
}

const fetched = new Map<string, Promise<string>>();

/**
 * Returns the authorities' certificates as PEM.
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

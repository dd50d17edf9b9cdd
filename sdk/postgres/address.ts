import { ConfigurationError } from "../errors.ts";

/**
 * Parses the URL of a database.
 *
 * @throws {ConfigurationError} when it is malformed, or when part of its password could be elsewhere.
 */
export function parseAddress(url: string): URL {
  if (!URL.canParse(url)) throw notAnAddress();
  const address = new URL(url);
  if (isAmbiguous(address)) throw notAnAddress();
  return address;
}

/** Returns an error without a cause, which would quote the URL and its password. */
export function notAnAddress(): ConfigurationError {
  return new ConfigurationError("the database's address is not a URL", {
    stage: "configuration",
    next:
      "write it as postgres://user:password@host:5432/database, with special characters percent-encoded",
  });
}

/**
 * Returns whether part of the password could be where it would be printed: a `/`, `?` or `#` that
 * is not percent-encoded ends it too early. A NUL would start another setting.
 */
function isAmbiguous({ pathname, search, hash, href }: URL): boolean {
  return hash !== "" || (pathname + search).includes("@") || href.includes("%00");
}

import { ConfigurationError } from "../errors.ts";
import { fileStore } from "./file_store.ts";
import { s3Store } from "./s3_store.ts";
import type { ObjectStore } from "./store.ts";

/**
 * Opens the object store a URL names: `file:///srv/lake/ingestion` or `s3://my-bucket/ingestion`.
 * Nothing is read or created until the store is used.
 *
 * @throws {ConfigurationError} when the URL is malformed, or of a kind that holds no lake.
 */
export function openStore(url: string): ObjectStore {
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(url)?.[1]?.toLowerCase();
  if (scheme === "file") return fileStore(url);
  if (scheme === "s3") return s3Store(url);
  // The URL stays out of the message: it may hold a secret.
  throw new ConfigurationError(
    scheme === undefined
      ? "the lake's address is not a URL"
      : `a lake cannot be kept at a ${scheme}: URL`,
    {
      stage: "configuration",
      next: "use a URL such as file:///srv/lake/ingestion or s3://my-bucket/ingestion",
    },
  );
}

import { ConfigurationError } from "../errors.ts";
import { fileStore } from "./file_store.ts";
import { s3Store } from "./s3_store.ts";
import type { ObjectStore } from "./store.ts";

/**
 * Opens the object store at a URL: `file:///srv/lake/ingestion` or `s3://my-bucket/ingestion`. Nothing
 * is read or created until the store is used.
 *
 * @throws {ConfigurationError} when the URL is malformed or has another scheme.
 */
export function openStore(url: string): ObjectStore {
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(url)?.[1]?.toLowerCase();
  if (scheme === "file") return fileStore(url);
  if (scheme === "s3") return s3Store(url);
  // The message does not repeat the URL, which can contain a secret.
  throw new ConfigurationError(
    scheme === undefined
      ? "the address of the lake is not a URL"
      : `the address of the lake has the scheme ${scheme}:, which is not supported`,
    {
      stage: "configuration",
      next: "use a URL such as file:///srv/lake/ingestion or s3://my-bucket/ingestion",
    },
  );
}

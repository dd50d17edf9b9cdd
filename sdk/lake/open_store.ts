import { ConfigurationError } from "../errors.ts";
import { fileStore } from "./file_store.ts";
import type { ObjectStore } from "./store.ts";

const EXAMPLE = "Use a URL such as file:///srv/lake/ingestion.";

/**
 * Opens the object store a URL names: `file:///srv/lake/ingestion`. Nothing is read or created until
 * the store is used.
 *
 * @throws {ConfigurationError} when the URL is malformed, or of a kind this version cannot open.
 */
export function openStore(url: string): ObjectStore {
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(url)?.[1]?.toLowerCase();
  if (scheme === "file") return fileStore(url);
  // The URL stays out of the messages: it may hold a secret.
  if (scheme === "s3") {
    throw new ConfigurationError(
      "This version keeps a lake in file:/// only; the adapter for s3:// is coming.",
      { stage: "configuration", next: EXAMPLE },
    );
  }
  throw new ConfigurationError(
    scheme === undefined
      ? "The lake's address is not a URL."
      : `A lake cannot be kept at a ${scheme}: URL.`,
    { stage: "configuration", next: EXAMPLE },
  );
}

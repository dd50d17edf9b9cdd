import { fileURLToPath } from "node:url";
import { ConfigurationError } from "../errors.ts";

/**
 * Returns the path of a folder at a `file:///` URL, with slashes and none at its end. `what` is at that
 * address: `the lake`.
 *
 * @throws {ConfigurationError} when the URL is not `file:///` and an absolute path.
 */
export function folderPath(url: string, what: string): string {
  try {
    // Without three slashes, file:lake and file://lake name other paths.
    if (!/^file:\/\/\//i.test(url)) throw new TypeError("it does not begin with file:///");
    // They would be dropped silently, and the lake would be in another folder.
    if (/[?#]/.test(url)) throw new TypeError("write ? and # in a path as %3F and %23");
    return fileURLToPath(url).replaceAll("\\", "/").replace(/\/+$/, "");
  } catch (cause) {
    throw new ConfigurationError(`the address of ${what} is not a file:/// URL`, {
      stage: "configuration",
      next: "use an absolute path: file:///srv/lake/ingestion",
      cause,
    });
  }
}

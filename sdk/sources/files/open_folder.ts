import { ConfigurationError } from "../../errors.ts";
import { folderPath } from "../../lake/folder_path.ts";
import { s3Location } from "../../lake/s3_location.ts";
import type { FileFolder } from "./folder.ts";
import { localFolder } from "./local_folder.ts";
import { s3Folder } from "./s3_folder.ts";

const WHAT = "the files";

/**
 * Opens the folder at a URL: `file:///srv/files` or `s3://my-bucket/files`. Nothing is read yet.
 *
 * @throws {ConfigurationError} when the URL is malformed or has another scheme.
 */
export function openFolder(url: string): FileFolder {
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(url)?.[1]?.toLowerCase();
  if (scheme === "file") return localFolder(folderPath(url, WHAT));
  if (scheme === "s3") return s3Folder(s3Location(url, WHAT));
  throw new ConfigurationError(`the address of ${WHAT} is neither a file: nor an s3: URL`, {
    stage: "configuration",
    next: "use a URL such as file:///srv/files or s3://my-bucket/files",
  });
}

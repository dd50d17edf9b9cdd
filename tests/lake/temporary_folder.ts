import { pathToFileURL } from "node:url";

/** A folder that is deleted when its scope ends: `await using folder = await temporaryFolder()`. */
export interface TemporaryFolder extends AsyncDisposable {
  /** Its absolute path. */
  readonly path: string;
  /** Its `file:///` URL. */
  readonly url: string;
}

/** Creates an empty folder. */
export async function temporaryFolder(): Promise<TemporaryFolder> {
  const path = await Deno.makeTempDir({ prefix: "totesys-lake-" });
  return {
    path,
    url: pathToFileURL(path).href,
    [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }),
  };
}

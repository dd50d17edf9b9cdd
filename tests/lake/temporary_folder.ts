import { pathToFileURL } from "node:url";

/** A folder that goes when its scope ends: `await using folder = await temporaryFolder()`. */
export interface TemporaryFolder extends AsyncDisposable {
  /** Its absolute path. */
  readonly path: string;
  /** The same as a `file:///` URL. */
  readonly url: string;
}

/** Makes an empty folder. */
export async function temporaryFolder(): Promise<TemporaryFolder> {
  const path = await Deno.makeTempDir({ prefix: "totesys-lake-" });
  return {
    path,
    url: pathToFileURL(path).href,
    [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }),
  };
}

import { join } from "node:path";

/** Returns a folder of this user for files that can be made again. It might not exist yet. */
export function cacheFolder(): string {
  const home = Deno.env.get("HOME") ?? ".";
  const caches = Deno.build.os === "darwin" ? "Library/Caches" : ".cache";
  return join(Deno.env.get("XDG_CACHE_HOME") ?? join(home, caches), "totesys");
}

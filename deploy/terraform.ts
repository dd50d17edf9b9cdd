/**
 * Runs Terraform on a copy of terraform/, so that nothing it writes ends up there. Works without a
 * network where the AWS provider is installed beside Terraform.
 *
 * @module
 */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { copyAll, exists } from "./files.ts";

/** A copy of the module, initialized. */
export interface Terraform extends AsyncDisposable {
  /** Where the copy is. */
  readonly dir: string;
  /** Runs `terraform <args>` in it and returns what it printed. @throws {TerraformError} */
  run(args: readonly string[], environment?: Readonly<Record<string, string>>): Promise<string>;
}

/** How to prepare the copy. */
export interface TerraformOptions {
  /** What a file that overrides the module's settings holds. Without it there is no backend at all. */
  readonly override?: string;
}

/** Terraform said no. */
export class TerraformError extends Error {
  override name = "TerraformError";
  /** The exit code. */
  readonly code: number;

  /** The message is everything that was printed. */
  constructor(args: readonly string[], code: number, printed: string) {
    super(`terraform ${args.join(" ")} exited with ${code}:\n${printed}`);
    this.code = code;
  }
}

/** Where Terraform lives in the repository. */
export const MODULE = fileURLToPath(new URL("../terraform/", import.meta.url));

/** Folders in which people put a folder of providers. Terraform looks into others by itself. */
const SHELVES = ["/opt", "/usr/local/share", "/usr/local/lib"];
const PROVIDER = ["hashicorp", "aws"];

/** Why Terraform cannot be run here, or null when it can be tried. */
export async function terraformIsMissing(): Promise<string | null> {
  const found = await new Deno.Command("sh", {
    args: ["-c", "command -v terraform"],
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).output();
  return found.success ? null : "terraform is not installed";
}

/**
 * Copies the module and initializes the copy. A string says why the provider cannot be had here; what
 * is wrong with the provider itself, such as its checksum, is an error.
 */
export async function openTerraform(options: TerraformOptions = {}): Promise<Terraform | string> {
  const missing = await terraformIsMissing();
  if (missing) return missing;
  const dir = await Deno.makeTempDir({ prefix: "totesys-terraform-" });
  const release = () => Deno.remove(dir, { recursive: true });
  try {
    await copyModule(dir);
    const { override } = options;
    if (override) await Deno.writeTextFile(join(dir, "test_override.tf"), override);
    const config = await cliConfig(dir);
    const run: Terraform["run"] = (args, environment = {}) =>
      terraform(args, { cwd: dir, env: { ...config, ...environment } });
    await run(["init", "-input=false", "-no-color", ...(override ? [] : ["-backend=false"])]);
    return { dir, run, [Symbol.asyncDispose]: release };
  } catch (error) {
    await release();
    if (error instanceof TerraformError && isOutOfReach(error.message)) {
      return "the AWS provider is not installed, and its registry is out of reach";
    }
    throw error;
  }
}

/** Runs `terraform <args>` in a folder and returns what it printed. @throws {TerraformError} */
export async function terraform(
  args: readonly string[],
  options: { readonly cwd: string; readonly env?: Readonly<Record<string, string>> },
): Promise<string> {
  const { code, stdout, stderr } = await new Deno.Command("terraform", {
    args: [...args],
    cwd: options.cwd,
    env: { CHECKPOINT_DISABLE: "1", TF_IN_AUTOMATION: "1", ...options.env },
    stdin: "null",
  }).output();
  const [printed, complaints] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  if (code !== 0) throw new TerraformError(args, code, printed + complaints);
  return printed;
}

/** Everything but what Terraform may have left behind when somebody worked with it. */
async function copyModule(to: string): Promise<void> {
  for await (const { name, isDirectory } of Deno.readDir(MODULE)) {
    if (isDirectory ? name === "tests" : name.endsWith(".tf")) {
      await copyAll(join(MODULE, name), join(to, name));
    }
  }
}

/** A configuration that names the folder of providers, unless the environment has one that exists. */
async function cliConfig(dir: string): Promise<Record<string, string>> {
  const theirs = Deno.env.get("TF_CLI_CONFIG_FILE");
  if (theirs && await exists(theirs)) return {};
  const file = join(dir, "terraform.rc");
  const mirror = await findMirror();
  const path = JSON.stringify(mirror);
  await Deno.writeTextFile(
    file,
    mirror ? `provider_installation {\n  filesystem_mirror {\n    path = ${path}\n  }\n}\n` : "",
  );
  return { TF_CLI_CONFIG_FILE: file, TF_REGISTRY_DISCOVERY_RETRY: "1" };
}

/** A folder laid out as Terraform's mirrors are: registry, namespace, provider, version, platform. */
async function findMirror(): Promise<string | undefined> {
  for (const shelf of SHELVES) {
    for (const mirror of await foldersIn(shelf)) {
      for (const registry of await foldersIn(mirror)) {
        if (await exists(join(registry, ...PROVIDER))) return mirror;
      }
    }
  }
}

async function foldersIn(dir: string): Promise<string[]> {
  try {
    const entries = await Array.fromAsync(Deno.readDir(dir));
    return entries.filter(({ isFile }) => !isFile).map(({ name }) => join(dir, name));
  } catch {
    // Not there, not a folder, or not ours to read: no mirror either way.
    return [];
  }
}

function isOutOfReach(printed: string): boolean {
  return /failed to query available provider packages|could not connect to|no available releases/i
    .test(printed) && !/checksum|signature/i.test(printed);
}

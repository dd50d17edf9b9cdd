/**
 * Runs Terraform on a copy of terraform/, so that its files do not end up there. Needs no network when the
 * AWS provider is installed on this machine.
 *
 * @module
 */
import { join } from "node:path";
import { copyAll, exists } from "../../deploy/files.ts";
import { MODULE } from "../../deploy/terraform.ts";

/** An initialized copy of the module. */
export interface ModuleCopy extends AsyncDisposable {
  /** The folder of the copy. */
  readonly dir: string;
  /** Runs `terraform <args>` in it and returns its output. @throws {TerraformError} */
  run(args: readonly string[], environment?: Readonly<Record<string, string>>): Promise<string>;
}

/** How to prepare the copy. */
export interface CopyOptions {
  /** The content of an override file. Without it, Terraform is initialized without a backend. */
  readonly override?: string;
}

/** Terraform failed. */
export class TerraformError extends Error {
  override name = "TerraformError";
  /** The exit code. */
  readonly code: number;

  /** Builds the error from everything that Terraform printed. */
  constructor(args: readonly string[], code: number, printed: string) {
    super(`terraform ${args.join(" ")} exited with ${code}:\n${printed}`);
    this.code = code;
  }
}

/** Folders that can contain a provider mirror, in addition to those that Terraform searches itself. */
const MIRROR_PARENTS = ["/opt", "/usr/local/share", "/usr/local/lib"];
const PROVIDER = ["hashicorp", "aws"];

/** Returns why Terraform cannot run here, or null. */
export async function whyNoTerraform(): Promise<string | null> {
  const found = await new Deno.Command("sh", {
    args: ["-c", "command -v terraform"],
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).output();
  return found.success ? null : "terraform is not installed";
}

/**
 * Copies the module and initializes the copy. Returns a string with the reason when the provider is not
 * available here. A provider with a wrong checksum is an error.
 */
export async function openModuleCopy(options: CopyOptions = {}): Promise<ModuleCopy | string> {
  const missing = await whyNoTerraform();
  if (missing) return missing;
  const dir = await Deno.makeTempDir({ prefix: "totesys-terraform-" });
  const release = () => Deno.remove(dir, { recursive: true });
  try {
    await copyFiles(dir);
    const { override } = options;
    if (override) await Deno.writeTextFile(join(dir, "test_override.tf"), override);
    const config = await cliConfig(dir);
    const run: ModuleCopy["run"] = (args, environment = {}) =>
      terraform(args, { cwd: dir, env: { ...config, ...environment } });
    await run(["init", "-input=false", "-no-color", ...(override ? [] : ["-backend=false"])]);
    return { dir, run, [Symbol.asyncDispose]: release };
  } catch (error) {
    await release();
    if (error instanceof TerraformError && isUnreachable(error.message)) {
      return "the AWS provider is not installed, and its registry is unreachable";
    }
    throw error;
  }
}

/** Runs `terraform <args>` in a folder and returns its output. @throws {TerraformError} */
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
  const [output, errors] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  if (code !== 0) throw new TerraformError(args, code, output + errors);
  return output;
}

/** Copies the module without the files that Terraform leaves behind, such as its state. */
async function copyFiles(to: string): Promise<void> {
  for await (const { name, isDirectory } of Deno.readDir(MODULE)) {
    if (isDirectory ? name === "tests" : name.endsWith(".tf")) {
      await copyAll(join(MODULE, name), join(to, name));
    }
  }
}

/** Returns the variables that point Terraform to a provider mirror, unless the environment does. */
async function cliConfig(dir: string): Promise<Record<string, string>> {
  const existing = Deno.env.get("TF_CLI_CONFIG_FILE");
  if (existing && await exists(existing)) return {};
  const file = join(dir, "terraform.rc");
  const mirror = await findMirror();
  const path = JSON.stringify(mirror);
  await Deno.writeTextFile(
    file,
    mirror ? `provider_installation {\n  filesystem_mirror {\n    path = ${path}\n  }\n}\n` : "",
  );
  return { TF_CLI_CONFIG_FILE: file, TF_REGISTRY_DISCOVERY_RETRY: "1" };
}

/** Finds a mirror: folders of registry, namespace, provider, version and platform. */
async function findMirror(): Promise<string | undefined> {
  for (const parent of MIRROR_PARENTS) {
    for (const mirror of await foldersIn(parent)) {
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
    // Missing, not a folder, or not readable: no mirror.
    return [];
  }
}

function isUnreachable(printed: string): boolean {
  return /failed to query available provider packages|could not connect to|no available releases/i
    .test(printed) && !/checksum|signature/i.test(printed);
}

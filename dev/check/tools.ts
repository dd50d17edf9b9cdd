/**
 * The programs of others that gates need: where they are, and how they are installed.
 *
 * @module
 */
import { delimiter, dirname, join } from "node:path";
import { cacheFolder } from "../cache_folder.ts";

/** Where a program comes from. */
export type Origin =
  /** A Go module, with its version. */
  | { readonly go: string }
  /** A Python package, with its version. */
  | { readonly pip: string }
  /** A package of Debian, and the variable that can name another program. */
  | { readonly apt: string; readonly variable: string }
  /** A page that says how to install it by hand. */
  | { readonly page: string };

/**
 * The programs by name. Versions of scanners are pinned: one that learns a new rule fails no old commit.
 */
export const TOOLS = {
  actionlint: { go: "github.com/rhysd/actionlint/cmd/actionlint@v1.7.12" },
  checkov: { pip: "checkov==3.3.30" },
  chromium: { apt: "chromium", variable: "CHROMIUM" },
  gitleaks: { go: "github.com/zricethezav/gitleaks/v8@v8.30.0" },
  "jupyter-execute": { pip: "nbclient==0.11.0" },
  moto_server: { pip: "moto[server]==5.2.1" },
  terraform: { page: "https://developer.hashicorp.com/terraform/install" },
  zizmor: { pip: "zizmor==1.32.0" },
} as const satisfies Record<string, Origin>;

/** The name of one of the programs. */
export type ToolName = keyof typeof TOOLS;

/** A program that can be run, or why it cannot. */
export type Found =
  /** The folder that has it. */
  | { readonly folder: string }
  /** Why it cannot be run, and what to do about it. */
  | { readonly missing: string; readonly next: string };

/** How to look for a program. */
export interface SearchOptions {
  /** Install what is missing, into a cache folder of this user. */
  readonly install: boolean;
  /** The folders to search, as PATH has them. Those of this process by default. */
  readonly path?: string;
  /** Where programs are installed: one folder each. */
  readonly cache?: string;
}

/** Finds a program on PATH or in the cache. Installs it there when it is missing and `install` is set. */
export async function findTool(name: ToolName, options: SearchOptions): Promise<Found> {
  const { path = Deno.env.get("PATH") ?? "", cache = join(cacheFolder(), "tools") } = options;
  const origin: Origin = TOOLS[name];
  const home = join(cache, packageOf(origin).replaceAll(/[^\w.=@-]+/g, "_"));
  const installed = join(home, "bin");
  const search = () => {
    const named = "variable" in origin ? Deno.env.get(origin.variable) : undefined;
    if (named && exists(named)) return dirname(named);
    return [...path.split(delimiter), installed]
      .find((folder) => folder !== "" && exists(join(folder, name)));
  };
  const folder = search();
  if (folder !== undefined) return { folder };
  const missing = `${name} is not installed`;
  if ("page" in origin) return { missing, next: `install it: ${origin.page}` };
  const commands = installation(origin, home);
  if (!options.install) {
    return { missing, next: "deno task check --install" };
  }
  console.log(`installing ${packageOf(origin)}, once`);
  for (const command of commands) {
    const failure = await failureOf(command);
    if (failure) {
      const next = "variable" in origin ? `install it, or set ${origin.variable}` : failure.next;
      return { missing: `${name} cannot be installed: ${failure.cause}`, next };
    }
  }
  return { folder: search() ?? installed };
}

function packageOf(origin: Origin): string {
  if ("go" in origin) return origin.go;
  if ("apt" in origin) return origin.apt;
  return "pip" in origin ? origin.pip : origin.page;
}

interface Command {
  readonly program: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * Returns the commands that install a package so that its programs are in `<home>/bin`, or on PATH if
 * the distribution has it.
 */
function installation(origin: Exclude<Origin, { page: string }>, home: string): Command[] {
  if ("go" in origin) {
    return [{ program: "go", args: ["install", origin.go], env: { GOBIN: join(home, "bin") } }];
  }
  if ("apt" in origin) {
    // Without a password: nobody is there to type it.
    const sudo = '$([ "$(id -u)" = 0 ] || echo sudo -n)';
    const apt = `${sudo} env DEBIAN_FRONTEND=noninteractive apt-get -qq`;
    const script = `${apt} update && ${apt} install -y --no-install-recommends ${origin.apt}`;
    return [{ program: "sh", args: ["-c", script] }];
  }
  return [
    { program: "python3", args: ["-m", "venv", "--clear", home] },
    { program: join(home, "bin", "pip"), args: ["install", "--quiet", origin.pip] },
  ];
}

async function failureOf(
  { program, args, env }: Command,
): Promise<{ cause: string; next: string } | null> {
  const line = [program, ...args].join(" ");
  try {
    const { success, stderr } = await new Deno.Command(program, {
      args: [...args],
      env,
      stdin: "null",
      stdout: "null",
    }).output();
    if (success) return null;
    const last = new TextDecoder().decode(stderr).trim().split("\n").at(-1) ?? "";
    return { cause: last, next: `run ${line}` };
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    return { cause: `${program} is not installed`, next: `install ${program}` };
  }
}

function exists(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

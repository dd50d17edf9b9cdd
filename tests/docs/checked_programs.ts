/**
 * Checks the arguments of programs that pages start and a test cannot run.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { join, resolve } from "node:path";
import type { Programs } from "./shell.ts";
import { checkEtl, checkTask, packageName } from "./tasks.ts";

/** Checks a call, and returns why it is not run. */
type Check = (args: readonly string[]) => string | Promise<string>;

/** The programs that pages start. One without a rule fails its page. */
const CHECKED: Readonly<Record<string, Check>> = {
  deno: checkDeno,
  npx: ([yes, ...rest]) => {
    assertEquals([yes, rest[0]], ["-y", "deno"]);
    return checkDeno(rest.slice(1));
  },
  etl: async (args) => {
    await checkEtl(args);
    return "its arguments are valid";
  },
  terraform: checkTerraform,
  psql: () => "a statement in a sentence",
  aws: () => "needs an AWS account",
  curl: () => "needs a deployment",
  gh: () => "needs an account on GitHub",
  git: () => "reads or changes a repository on GitHub",
  pip: () => "installs a program",
  jupyter: () => "opens a browser",
};

/** The names of all programs that have a rule. */
export const PROGRAM_NAMES: readonly string[] = Object.keys(CHECKED);

/** Programs that only check their arguments. */
export const checkedPrograms: Programs = async ({ program, args }) => {
  const skipped = await CHECKED[program](args);
  return { code: 0, stdout: program === "terraform" ? outputOf(args) : "", skipped };
};

async function checkDeno([subcommand, name, ...args]: readonly string[]): Promise<string> {
  switch (subcommand) {
    case "task":
      return await checkTask(name, args);
    case "add":
      assertEquals(name, `jsr:${packageName}`);
      return "needs JSR";
    case "serve":
      return "a page runs it";
    case "deploy":
      return "needs Deno Deploy";
    case "upgrade":
      return "changes the installed Deno";
    case "jupyter":
      assertEquals([name, ...args], ["--install"]);
      return "installs a kernel";
    case "publish":
      return "publishes a release";
    default:
      throw new Error(`no rule for deno ${subcommand}`);
  }
}

const MODULE = moduleText();

function moduleText(): string {
  const folder = resolve(import.meta.dirname!, "../../terraform");
  return [...Deno.readDirSync(folder)].filter(({ name }) => name.endsWith(".tf"))
    .map(({ name }) => Deno.readTextFileSync(join(folder, name))).join("\n");
}

/** Subcommands of Terraform that pages use. Each of them needs an AWS account. */
const TERRAFORM = ["init", "plan", "apply", "destroy", "output", "state"];

function checkTerraform(args: readonly string[]): string {
  const [subcommand, ...rest] = args.filter((arg) => !arg.startsWith("-"));
  assert(TERRAFORM.includes(subcommand), `no rule for terraform ${subcommand}`);
  if (subcommand === "output") {
    for (const name of rest) assert(MODULE.includes(`output "${name}"`), `no output ${name}`);
  }
  const targets = args.flatMap((arg) => /^-target=(.*)$/.exec(arg)?.[1] ?? []);
  for (const address of subcommand === "state" ? rest.slice(1) : targets) {
    const [type, name] = address.replace(/\[.*/, "").split(".");
    assert(MODULE.includes(`resource "${type}" "${name}"`), `no resource ${address}`);
  }
  return "needs an AWS account";
}

/** What `terraform output` prints of an address of the lake. */
function outputOf(args: readonly string[]): string {
  const zone = /^(ingestion|processed)_url$/.exec(args.at(-1) ?? "")?.[1];
  return zone === undefined ? "" : `s3://totesys-${zone}`;
}

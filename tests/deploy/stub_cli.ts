/**
 * Replaces the command line of Deno Deploy, which is loaded from JSR. It records its calls and an app in
 * the file STUB_DEPLOY. STUB_FAILURE, as `word=exit code`, makes calls with that argument fail.
 */
interface Call {
  readonly args: readonly string[];
  /** The files in the working directory. */
  readonly files: readonly string[];
  /** The variables of its environment that hold secrets. */
  readonly secrets: readonly string[];
}

/** What the stub records. */
export interface Memory {
  readonly calls: Call[];
  app: Record<string, string> | null;
}

/** Names of variables that hold secrets. */
export const SECRET = /^(SOURCE_|WAREHOUSE_|PG|AWS_(ACCESS|SECRET|SESSION))|TOKEN/;
const MACHINE = new Set(["--json", "--non-interactive"]);

/** Removes the copies of arguments that Deno 2.9.6 passes twice. */
function withoutDuplicates(args: readonly string[]): readonly string[] {
  const [first, second] = [args.slice(0, args.length / 2), args.slice(args.length / 2)];
  return first.join("\0") === second.join("\0") ? first : args;
}

function fail(code: number, message: string): never {
  console.error("a build's log");
  console.error(JSON.stringify({ error: { code: "STUB", message, hint: "Hint of the stub." } }));
  Deno.exit(code);
}

function filesBelow(dir: string): string[] {
  return [...Deno.readDirSync(dir)].flatMap(({ name, isDirectory }) =>
    isDirectory ? filesBelow(`${dir}/${name}`) : [`${dir}/${name}`]
  );
}

function answer(args: readonly string[], memory: Memory): unknown {
  const [command, verb, name, value] = args.filter((word) => !MACHINE.has(word));
  const isDeployment = args.includes("--prod");
  if (command === "whoami") return { authenticated: true, user: null, orgs: [] };
  if (command === "create") memory.app = {};
  if (memory.app === null) fail(4, "There is no such app.");
  if (command === "env" && verb === "list") {
    return Object.entries(memory.app).map(([key, value]) => ({ key, value, isSecret: false }));
  }
  if (command === "env" && verb === "add" && name in memory.app) fail(5, "It already exists.");
  if (command === "env") memory.app[name] = value;
  if (!isDeployment) return {};
  const domains = [Deno.env.get("STUB_PRODUCTION")!];
  return { status: "ready", timelines: [{ partition: "Production", domains }] };
}

function main(): void {
  const file = Deno.env.get("STUB_DEPLOY")!;
  const memory: Memory = JSON.parse(Deno.readTextFileSync(file));
  const args = withoutDuplicates(Deno.args);
  const secrets = Object.keys(Deno.env.toObject()).filter((name) => SECRET.test(name));
  const files = args.includes("--prod") ? filesBelow(".").map((path) => path.slice(2)) : [];
  memory.calls.push({ args, files, secrets });
  const save = () => Deno.writeTextFileSync(file, JSON.stringify(memory));
  save();
  const [word, code] = Deno.env.get("STUB_FAILURE")?.split("=") ?? [];
  if (args.includes(word)) fail(Number(code), "It does not work.");
  console.log(JSON.stringify(answer(args, memory)));
  save();
}

if (import.meta.main) main();

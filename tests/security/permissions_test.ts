/** Every program of the project runs with a short list of permissions. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { fileURLToPath } from "node:url";
import { PIPELINE_SETTINGS } from "../../functions/settings/pipeline.ts";
import { settingsOf, test, type TestPipeline } from "../operate/pipelines.ts";

const ROOT = new URL("../../", import.meta.url);
/** Files that hold commands. */
const SCRIPTS = ["deno.json", "README.md", ".ci/", ".github/", "dev/", "functions/", "sdk/"];
/** initdb has its own -A: who can connect. */
const EVERYTHING = /(?<![\w-])(-A(?! trust)|--allow-all)(?![\w-])/;

Deno.test("no task, script or CI file allows everything", async () => {
  const offenders: string[] = [];
  for (const place of SCRIPTS) {
    for await (const file of files(new URL(place, ROOT))) {
      const lines = (await Deno.readTextFile(file)).split("\n");
      const violations = lines.filter((line) => EVERYTHING.test(line));
      offenders.push(...violations.map((line) => `${file.pathname}: ${line.trim()}`));
    }
  }
  assertEquals(offenders, []);
});

Deno.test("every task names its permissions", async () => {
  const { tasks } = JSON.parse(await Deno.readTextFile(new URL("deno.json", ROOT)));
  for (const [name, { command }] of Object.entries<{ command: string }>(tasks)) {
    assertMatch(command, /^deno run --allow-/, name);
  }
});

async function* files(place: URL): AsyncGenerator<URL> {
  const { isDirectory } = await Deno.stat(place);
  if (!isDirectory) return yield place;
  for await (const { name, isDirectory } of Deno.readDir(place)) {
    if (name === "node_modules") continue;
    yield* files(new URL(encodeURIComponent(name) + (isDirectory ? "/" : ""), place));
  }
}

/** The fewest permissions that the command line needs. The Postgres driver reads PG*. */
function leastPermissions({ source, warehouse, ingestion }: TestPipeline): Record<string, string> {
  const hosts = new Set([source, warehouse].map((url) => new URL(url).host));
  const lake = fileURLToPath(new URL(".", ingestion.url));
  return {
    "--allow-net": [...hosts].join(","),
    "--allow-env": [...Object.values(PIPELINE_SETTINGS), "PG*"].join(","),
    "--allow-read": lake,
    "--allow-write": lake,
  };
}

const CLI = fileURLToPath(new URL("functions/cli/etl.ts", ROOT));

async function etl(
  args: readonly string[],
  pipeline: TestPipeline,
  permissions: Record<string, string>,
): Promise<{ code: number; said: string }> {
  const allowed = Object.entries(permissions).map(([flag, value]) => `${flag}=${value}`);
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", ...allowed, CLI, ...args],
    env: { ...settingsOf(pipeline), NO_COLOR: "1" },
    stdin: "null",
  }).output();
  return { code, said: new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr) };
}

const COMMANDS = [["run"], ["reconcile"], ["verify"], ["status"], ["quarantine", "list"]];

test("the command line needs permission for its two servers, its settings and its lake only", async (pipeline) => {
  const permissions = leastPermissions(pipeline);
  for (const command of COMMANDS) {
    const { code, said } = await etl(command, pipeline, permissions);
    assertEquals(code, 0, said);
  }
  await pipeline.sourceSql`UPDATE department SET manager = 'another manager'`;
  await Promise.all(
    Object.keys(permissions).map(async (flag) => {
      const { [flag]: _, ...fewer } = permissions;
      const { code, said } = await etl(["run"], pipeline, fewer);
      assert(code > 0, `${flag}: ${said}`);
      assertStringIncludes(said, flag);
    }),
  );
});

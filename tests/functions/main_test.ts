import { assert, assertEquals } from "@std/assert";
import { fileURLToPath } from "node:url";
import { extract } from "../../sdk/extract/extract.ts";
import { verify } from "../../sdk/operate/verify.ts";
import { settingsOf, test, type TestPipeline } from "../operate/pipelines.ts";

const HOST = fileURLToPath(new URL("cron_host.ts", import.meta.url));

/** Runs the crons of a pipeline once; the lines they log, parsed. */
async function runCrons(settings: Record<string, string>) {
  const { code, stdout } = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--allow-env",
      "--allow-read",
      "--allow-write",
      "--allow-net",
      "--allow-sys",
      HOST,
    ],
    env: settings,
    stdin: "null",
    stderr: "null",
  }).output();
  const lines = new TextDecoder().decode(stdout).trim().split("\n");
  return { code, lines: lines.map((line) => JSON.parse(line)) };
}

async function assertVerified(pipeline: TestPipeline): Promise<void> {
  const { equal, tables } = await verify(pipeline);
  assert(equal, JSON.stringify(tables.filter(({ differences }) => differences > 0)));
}

test("main.ts registers a cron for each job, every minute", async (pipeline) => {
  const { lines } = await runCrons(settingsOf(pipeline));
  assertEquals(lines[0], [
    { name: "extract", schedule: "* * * * *" },
    { name: "load", schedule: "* * * * *" },
  ]);
});

test("the crons bring the source into the warehouse and log one JSON line each", async (pipeline) => {
  const { code, lines } = await runCrons(settingsOf(pipeline));
  assertEquals(code, 0);
  const extracted = lines.find(({ job }) => job === "extract");
  assertEquals([extracted.level, extracted.outcome], ["info", "committed"]);
  assert(extracted.lag_ms === null || extracted.lag_ms >= 0);
  assertEquals(lines.find(({ job }) => job === "load").level, "info");
  await assertVerified(pipeline);
});

test("the load cron finishes what an extraction alone has left", async (pipeline) => {
  await extract(pipeline);
  const settings = { ...settingsOf(pipeline), SOURCE_URL: "postgres://nobody@127.0.0.1:1/gone" };
  const { code, lines } = await runCrons(settings);
  assertEquals(code, 1, "a failed job is thrown on: the platform counts it");
  const failed = lines.find(({ job }) => job === "extract");
  assertEquals([failed.level, failed.error], ["error", "SourceError"]);
  const loaded = lines.find(({ job }) => job === "load");
  assertEquals([loaded.level, loaded.commits], ["info", 1]);
  await assertVerified(pipeline);
});

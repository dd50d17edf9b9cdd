/** The dashboard behind functions/main.ts, in a process of its own, as on Deno Deploy. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { fileURLToPath } from "node:url";
import { run } from "../../../sdk/operate/run.ts";
import { settingsOf, test } from "../../operate/pipelines.ts";
import { basic, BROWSER, PASSWORD } from "./fake_dashboard.ts";

const MAIN = fileURLToPath(new URL("../../../functions/main.ts", import.meta.url));
const PERMISSIONS = ["env", "read", "write", "net", "sys"].map((name) => `--allow-${name}`);

/** Serves main.ts until it is disposed. No cron becomes due in a test. */
async function serveMain(settings: Readonly<Record<string, string>>) {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  const never = "0 0 1 1 *";
  const schedules = ["EXTRACT", "LOAD", "RECONCILE", "HEARTBEAT"].map((job) => [
    `${job}_SCHEDULE`,
    never,
  ]);
  const child = new Deno.Command(Deno.execPath(), {
    args: ["serve", `--port=${port}`, "--host=127.0.0.1", "--unstable-cron", ...PERMISSIONS, MAIN],
    env: { ...Object.fromEntries(schedules), RATES_URL: "off", ...settings },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const output = child.output();
  const url = `http://127.0.0.1:${port}`;
  while (await fetch(`${url}/health`).then(({ body }) => body?.cancel(), () => "down")) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return {
    url,
    /** Stops it and returns what it logged. */
    stop: async () => {
      child.kill("SIGINT");
      return new TextDecoder().decode((await output).stdout);
    },
  };
}

async function statusOf(url: string, headers: Record<string, string> = {}) {
  const response = await fetch(url, { headers, redirect: "manual" });
  return { status: response.status, text: await response.text(), headers: response.headers };
}

test("main.ts serves the dashboard, and the health endpoint stays public", async (pipeline) => {
  await run(pipeline);
  const settings = { ...settingsOf(pipeline), DASHBOARD_PASSWORD: PASSWORD };
  const DASHBOARD_WAREHOUSE_URL = `${pipeline.warehouse}?application_name=dashboard`;
  const main = await serveMain({ ...settings, DASHBOARD_WAREHOUSE_URL });
  const health = await statusOf(`${main.url}/health`);
  assertEquals(Object.keys(JSON.parse(health.text))[0], "status");
  const page = await statusOf(`${main.url}/`, BROWSER);
  assertEquals([page.status, page.headers.get("location")], [302, "/login"]);
  assertEquals((await statusOf(`${main.url}/`)).status, 401);
  const open = await statusOf(`${main.url}/catalogue`, { ...BROWSER, ...basic(PASSWORD) });
  assertEquals(open.status, 200, open.text);
  assertMatch(open.headers.get("etag")!, /^W\//);
  assert(!(await main.stop()).includes(PASSWORD));
});

test("a host that is not one is refused: it would change the path, or fail with a stack", async (pipeline) => {
  const main = await serveMain({
    ...settingsOf(pipeline),
    DASHBOARD_PASSWORD: PASSWORD,
    DASHBOARD_WAREHOUSE_URL: `${pipeline.warehouse}?application_name=dashboard`,
  });
  const statuses: Record<string, string> = {};
  for (const host of ["x/health?", "x/robots.txt#", "a b", "[::1", "x@y", "x", "[::1]:80", ""]) {
    const connection = await Deno.connect({ port: Number(new URL(main.url).port) });
    const text = `GET / HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`;
    await connection.write(new TextEncoder().encode(text));
    statuses[host] = (await new Response(connection.readable).text()).slice(9, 12);
  }
  assertEquals(statuses, {
    "x/health?": "400",
    "x/robots.txt#": "400",
    "a b": "400",
    "[::1": "400",
    "x@y": "400",
    "x": "401",
    "[::1]:80": "401",
    "": "401",
  });
  await main.stop();
});

test("without a password or a proxy, main.ts serves no dashboard", async (pipeline) => {
  const main = await serveMain(settingsOf(pipeline));
  for (const path of ["/", "/login", "/catalogue", "/robots.txt", "/assets/style.css"]) {
    const { status, text } = await statusOf(`${main.url}${path}`, BROWSER);
    assertEquals([path, status, text], [path, 404, ""]);
  }
  await main.stop();
});

test("a preview serves no dashboard, whatever its settings", async (pipeline) => {
  const main = await serveMain({
    ...settingsOf(pipeline),
    DASHBOARD_PASSWORD: PASSWORD,
    DASHBOARD_WAREHOUSE_URL: `${pipeline.warehouse}?application_name=dashboard`,
    DENO_TIMELINE: "preview/abc",
  });
  const headers = { ...BROWSER, ...basic(PASSWORD) };
  assertEquals((await statusOf(`${main.url}/`, headers)).status, 404);
  await main.stop();
});

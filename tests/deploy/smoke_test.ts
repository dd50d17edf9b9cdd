import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { checkDashboard, smokeCheck } from "../../deploy/smoke.ts";
import { EtlError } from "../../sdk/errors.ts";

const SHORT = { timeout_ms: 100, interval_ms: 20 };

/** A server that returns each status once, and the last one from then on. */
function serveStatuses(...statuses: string[]) {
  const fresh_as_of = "2026-11-21T10:00:00Z";
  return serveHealth(...statuses.map((status) => ({ status, fresh_as_of })));
}

function serveHealth(
  ...answers: {
    readonly status: string;
    readonly failing?: readonly string[];
    readonly fresh_as_of?: string;
  }[]
) {
  const requests: string[] = [];
  const server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen: () => {} },
    (request) => {
      const answer = answers[Math.min(requests.length, answers.length - 1)];
      requests.push(new URL(request.url).pathname);
      return Response.json(answer, { status: answer.status === "fresh" ? 200 : 503 });
    },
  );
  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    requests,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

Deno.test("smokeCheck() requests /health until it is fresh", async () => {
  await using app = serveStatuses("failing", "starting", "fresh");
  assertEquals(
    await smokeCheck(app.url, { interval_ms: 1 }),
    '200 {"status":"fresh","fresh_as_of":"2026-11-21T10:00:00Z"}',
  );
  assertEquals(app.requests, ["/health", "/health", "/health"]);
});

Deno.test("smokeCheck() ignores the previous deployment's health", async () => {
  const since = new Date();
  const at = (seconds: number) => ({
    status: "fresh",
    fresh_as_of: new Date(since.getTime() + seconds * 1000).toISOString(),
  });
  await using app = serveHealth(at(-60), at(-30), at(30));
  assertStringIncludes(await smokeCheck(app.url, { interval_ms: 1, since }), at(30).fresh_as_of);
  await using old = serveHealth(at(-60));
  assertStringIncludes(await smokeCheck(old.url, { ...SHORT, since }), "no tick has run");
});

Deno.test("smokeCheck() accepts a first load that is still running", async () => {
  await using app = serveStatuses("starting");
  assertStringIncludes(await smokeCheck(app.url, SHORT), "the first load is still running");
});

Deno.test("smokeCheck() accepts a reconciliation that failed before", async () => {
  const answer = { status: "failing", failing: ["reconcile"] };
  await using app = serveHealth(answer);
  assertStringIncludes(await smokeCheck(app.url, SHORT), "the last reconciliation failed");
  await using source = serveHealth({ ...answer, failing: ["rates", "reconcile"] });
  assertStringIncludes(await smokeCheck(source.url, SHORT), "the last reconciliation failed");
  await using other = serveHealth({ ...answer, failing: ["extract", "reconcile"] });
  await assertRejects(() => smokeCheck(other.url, SHORT), EtlError, "extract");
});

Deno.test("smokeCheck() throws the response of an unhealthy deployment", async () => {
  for (const status of ["failing", "stale", "inactive"]) {
    await using app = serveStatuses(status);
    const error = await assertRejects(() => smokeCheck(app.url, SHORT), EtlError, status);
    assertStringIncludes(error.next?.advice ?? "", "deno deploy logs");
  }
});

Deno.test("smokeCheck() throws when the server is down", async () => {
  const app = serveStatuses("fresh");
  await app[Symbol.asyncDispose]();
  await assertRejects(() => smokeCheck(app.url, SHORT), EtlError, `${app.url}/health returned`);
});

Deno.test("checkDashboard() fails when anybody can see the dashboard, or nobody", async () => {
  const answers: [page: number, tool: number, location: string, isClosed: boolean][] = [
    [302, 401, "/login", true],
    [200, 200, "", false],
    [302, 200, "/login", false],
    [302, 401, "https://elsewhere.example/login", false],
    [404, 404, "", false],
    [503, 503, "", false],
  ];
  for (const [page, tool, location, isClosed] of answers) {
    await using server = Deno.serve(
      { port: 0, hostname: "127.0.0.1", onListen: () => {} },
      ({ headers }) =>
        headers.get("accept") === "text/html"
          ? new Response(null, { status: page, headers: location ? { location } : {} })
          : new Response(null, { status: tool }),
    );
    const url = `http://127.0.0.1:${server.addr.port}`;
    if (isClosed) assertEquals(await checkDashboard(url), url);
    else await assertRejects(() => checkDashboard(url), EtlError, `${url}/ answered ${page}`);
  }
  await assertRejects(() => checkDashboard("http://127.0.0.1:1"), EtlError, "instead of 302");
});

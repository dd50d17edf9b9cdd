import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { smokeCheck } from "../../deploy/smoke.ts";
import { EtlError } from "../../sdk/errors.ts";

const IMPATIENT = { patience_ms: 100, pause_ms: 20 };

/** A production that says these one after the other, and the last one for ever. */
function production(...statuses: string[]) {
  const fresh_as_of = "2026-11-21T10:00:00Z";
  return productionThatSays(...statuses.map((status) => ({ status, fresh_as_of })));
}

function productionThatSays(
  ...answers: {
    readonly status: string;
    readonly failing?: readonly string[];
    readonly fresh_as_of?: string;
  }[]
) {
  const asked: string[] = [];
  const server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen: () => {} },
    (request) => {
      const answer = answers[Math.min(asked.length, answers.length - 1)];
      asked.push(new URL(request.url).pathname);
      return Response.json(answer, { status: answer.status === "fresh" ? 200 : 503 });
    },
  );
  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    asked,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

Deno.test("smokeCheck() asks /health until it is well", async () => {
  await using app = production("failing", "starting", "fresh");
  assertEquals(
    await smokeCheck(app.url, { pause_ms: 1 }),
    '200 {"status":"fresh","fresh_as_of":"2026-11-21T10:00:00Z"}',
  );
  assertEquals(app.asked, ["/health", "/health", "/health"]);
});

Deno.test("smokeCheck() is not content with how production was before", async () => {
  const since = new Date();
  const at = (seconds: number) => ({
    status: "fresh",
    fresh_as_of: new Date(since.getTime() + seconds * 1000).toISOString(),
  });
  await using app = productionThatSays(at(-60), at(-30), at(30));
  assertStringIncludes(await smokeCheck(app.url, { pause_ms: 1, since }), at(30).fresh_as_of);
  await using old = productionThatSays(at(-60));
  assertStringIncludes(await smokeCheck(old.url, { ...IMPATIENT, since }), "no tick has come");
});

Deno.test("smokeCheck() is content with a first load that has begun", async () => {
  await using app = production("starting");
  assertStringIncludes(await smokeCheck(app.url, IMPATIENT), "the first load goes on");
});

Deno.test("smokeCheck() does not wait for the next comparison of an hourly cron", async () => {
  const answer = { status: "failing", failing: ["reconcile"] };
  await using app = productionThatSays(answer);
  assertStringIncludes(await smokeCheck(app.url, IMPATIENT), "the last comparison failed");
  await using other = productionThatSays({ ...answer, failing: ["extract", "reconcile"] });
  await assertRejects(() => smokeCheck(other.url, IMPATIENT), EtlError, "extract");
});

Deno.test("smokeCheck() says what a deployment says that does not get well", async () => {
  for (const status of ["failing", "stale", "inactive"]) {
    await using app = production(status);
    const error = await assertRejects(() => smokeCheck(app.url, IMPATIENT), EtlError, status);
    assertStringIncludes(error.next?.advice ?? "", "deno deploy logs");
  }
});

Deno.test("smokeCheck() says that nobody answers", async () => {
  const app = production("fresh");
  await app[Symbol.asyncDispose]();
  await assertRejects(() => smokeCheck(app.url, IMPATIENT), EtlError, `${app.url}/health says`);
});

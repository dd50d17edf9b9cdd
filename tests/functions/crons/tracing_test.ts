import { assert, assertEquals } from "@std/assert";
import { settingsOf, test } from "../../operate/pipelines.ts";
import { runCrons } from "./crons.ts";

interface Span {
  readonly name: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly traceId: string;
  readonly attributes: { key: string; value: unknown }[];
}

/** A server that receives traces, and their spans. */
function collector() {
  const spans: Span[] = [];
  const server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen: () => {} },
    async (request) => {
      const text = await request.text();
      if (!new URL(request.url).pathname.endsWith("/v1/traces")) return new Response("{}");
      for (const { scopeSpans } of JSON.parse(text).resourceSpans) {
        for (const { spans: found } of scopeSpans) spans.push(...found);
      }
      return new Response("{}");
    },
  );
  return { spans, server };
}

test("a run is a trace, with a span for each table of each stage", async (pipeline) => {
  const { spans, server } = collector();
  const { code, said } = await runCrons({
    ...settingsOf(pipeline),
    CRON_JOBS: "extract",
    OTEL_DENO: "true",
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${server.addr.port}`,
    OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
  });
  await server.shutdown();
  assertEquals(code, 0, said);
  const job = spans.find(({ name }) => name === "job extract");
  assert(job, JSON.stringify(spans.map(({ name }) => name)));
  for (const name of ["extract staff", "transform dim_staff", "load dim_staff"]) {
    const span = spans.find((span) => span.name === name);
    assert(span, name);
    assertEquals([span.parentSpanId, span.traceId], [job.spanId, job.traceId]);
    const keys = span.attributes.map(({ key }) => key);
    assertEquals(keys.sort(), ["bytes", "rows", "run", "table"]);
  }
});

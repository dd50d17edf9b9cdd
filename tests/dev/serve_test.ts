import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import { readOptions } from "../../dev/serve.ts";
import { shortLine } from "../../dev/serve/short_line.ts";
import { slowTest } from "../support/slow.ts";

const line = (record: Record<string, unknown>) =>
  JSON.stringify({ time: "2026-11-30T14:20:19.123Z", level: "info", event: "job", ...record });

Deno.test("deno task dev shows a line for a tick, and problems", () => {
  const tick = line({ job: "extract", outcome: "committed", rows: 1204, elapsed_ms: 212 });
  assertEquals(shortLine(tick), "14:20:19  extract: committed, 1,204 rows, 212 ms");
  assertEquals(shortLine(line({ job: "heartbeat" })), null);
  assertEquals(shortLine(line({ event: "table", job: "extract", table: "design" })), null);
  assertEquals(
    shortLine(line({ level: "error", job: "load", message: "cannot connect" })),
    "14:20:19  error: load: cannot connect",
  );
  assertEquals(shortLine("a line of Deno"), "a line of Deno");
});

Deno.test("deno task dev takes a port that is free, or finds one", () => {
  const { port } = readOptions([])!;
  assertEquals(readOptions(["--port", `${port}`]), { port, verbose: false });
  assertEquals(readOptions(["--help"]), undefined);
  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const args = ["--port", `${taken.addr.port}`];
  assertThrows(() => readOptions(args), TypeError, "another program uses port");
  assertThrows(() => readOptions(["--port", "x"]), TypeError, "whole number");
});

slowTest("deno task dev prints a URL and a password that open the dashboard", async () => {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["task", "dev"],
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  try {
    let text = "";
    for await (const chunk of child.stdout.pipeThrough(new TextDecoderStream())) {
      text += chunk;
      if (text.includes("Press Ctrl-C")) break;
    }
    const [, url] = /^Dashboard +(\S+)$/m.exec(text) ?? [];
    const [, password] = /^Password +(\S+)$/m.exec(text) ?? [];
    const closed = await fetch(url, { redirect: "manual" });
    assertEquals(closed.status, 401, await closed.text());
    const authorization = `Basic ${btoa(`me:${password}`)}`;
    const open = await fetch(`${url}/`, { headers: { authorization, accept: "text/html" } });
    assertMatch(await open.text(), /<title>/);
  } finally {
    child.kill("SIGINT");
    await child.status;
  }
});

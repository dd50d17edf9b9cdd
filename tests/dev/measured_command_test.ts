import { assert, assertEquals } from "@std/assert";
import { CommandMeter } from "../../dev/measure/measured_command.ts";

const PROGRAM = `
const block = new Uint8Array(200e6).fill(1);
const end = Date.now() + 300;
while (Date.now() < end);
console.log(block.length);
console.error("done");
Deno.exit(3);
`;

Deno.test("a measured command reports time, CPU and memory of its processes, and its output", async () => {
  await using meter = new CommandMeter();
  const cost = await meter.measure({
    command: "sh",
    args: ["-c", '"$1" eval "$2"; exit "$?"', "sh", Deno.execPath(), PROGRAM],
  });
  const { code, stdout, stderr, elapsed_ms, cpu_ms, peak_rss } = cost;
  assertEquals([code, stdout, stderr], [3, "200000000\n", "done\n"]);
  assert(elapsed_ms >= 300, `took ${elapsed_ms} ms`);
  assert(cpu_ms >= 100, `used ${cpu_ms} ms`);
  if (Deno.build.os === "linux") assert(peak_rss! > 200e6, `used ${peak_rss} bytes`);
});

Deno.test("a measured command ends with its meter", async () => {
  const meter = new CommandMeter();
  const started = performance.now();
  const ended = meter.measure({ command: "sleep", args: ["30"] });
  await new Promise((resolve) => setTimeout(resolve, 300));
  await meter[Symbol.asyncDispose]();
  const { code } = await ended;
  assert(code !== 0);
  assert(performance.now() - started < 20_000);
});

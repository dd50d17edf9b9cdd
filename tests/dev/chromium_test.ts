import { assert, assertEquals } from "@std/assert";
import { delimiter, join } from "node:path";
import { CHROMIUM_MISSING, chromiumPath } from "../../dev/chromium.ts";
import { temporaryFolder } from "../lake/temporary_folder.ts";

Deno.test("chromiumPath() finds the program that CHROMIUM names, or chromium on PATH", async () => {
  await using folder = await temporaryFolder();
  const program = join(folder.path, "chromium");
  const pathOf = (environment: Record<string, string>) => chromiumPath((name) => environment[name]);
  const PATH = ["", join(folder.path, "none"), folder.path].join(delimiter);
  assertEquals([pathOf({ PATH }), pathOf({})], [null, null]);
  await Deno.writeTextFile(program, "");
  assertEquals(pathOf({ PATH }), program);
  assertEquals(pathOf({ CHROMIUM: program }), program);
  assertEquals(pathOf({ PATH, CHROMIUM: join(folder.path, "none") }), null);
});

const ignore = chromiumPath((name) => Deno.env.get(name)) === null;
if (ignore) console.warn(`note: startChromium() is not tested: ${CHROMIUM_MISSING}`);

for (const signal of ["SIGTERM", "SIGKILL"] as const) {
  Deno.test({
    name: `startChromium() leaves no process behind when its owner receives ${signal}`,
    ignore,
    fn: async () => {
      await using owner = new Deno.Command(Deno.execPath(), {
        args: ["run", "-A", new URL("chromium_owner.ts", import.meta.url).pathname],
        stdout: "piped",
      }).spawn();
      const output = owner.stdout.pipeThrough(new TextDecoderStream()).getReader();
      const pid = (await output.read()).value!.trim();
      assert(await isRunning(pid), "Chromium did not start");
      owner.kill(signal);
      await owner.status;
      await output.cancel();
      const deadline = Date.now() + 10_000;
      while (await isRunning(pid)) {
        assert(Date.now() < deadline, "still there after 10 s");
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    },
  });
}

/** A process that ended and was not reaped does not count. */
async function isRunning(pid: string): Promise<boolean> {
  const { stdout } = await new Deno.Command("ps", { args: ["-o", "stat=", "-p", pid] }).output();
  return /^[^Z\s]/.test(new TextDecoder().decode(stdout));
}

import { assertEquals } from "@std/assert";
import { showCommand } from "../../../../../functions/dashboard/data/operations/quarantine.ts";

const BEFORE = "deno task etl quarantine show t ";

Deno.test("showCommand() quotes a key only where a shell needs it", () => {
  for (const key of ["2", "targets/2026-01.csv", "a:b@c%d+e_f"]) {
    assertEquals(showCommand("t", key), BEFORE + key);
  }
  assertEquals(showCommand("t", "-x"), `${BEFORE}'-x'`);
  assertEquals(showCommand("t", ""), `${BEFORE}''`);
});

Deno.test("showCommand() can be pasted into a terminal, whatever the name of a file is", async () => {
  const keys = [
    "a'; touch /tmp/x #",
    '$(id) `id` \\ " ! ~ * ?',
    "two\nlines\r\n",
    "clear\u0015the line",
    "\u001b]0;title\u0007 it's \\ a",
    "left\u202eright\u2066",
    "\u009b8m",
  ];
  for (const key of keys) {
    const command = showCommand("t", key);
    assertEquals(/[\p{Cc}\p{Bidi_Control}]/u.test(command), false, command);
    const script = `printf %s ${command.slice(BEFORE.length)}`;
    const env = { LC_ALL: "C" };
    const { stdout } = await new Deno.Command("bash", { args: ["-c", script], env }).output();
    assertEquals(new TextDecoder().decode(stdout), key);
  }
});

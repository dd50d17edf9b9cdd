import { assertEquals } from "@std/assert";
import { temporaryFolder } from "../lake/temporary_folder.ts";
import { runCommands } from "./shell.ts";

Deno.test("a program without a rule fails its command line, and others continue", async () => {
  await using folder = await temporaryFolder();
  const lines = [
    "false-friend --now",
    "known 'a b' \"\" | known",
    "exit_code=$(known c); echo $exit_code",
  ];
  const outcomes = await runCommands(
    lines.map((text, line) => ({ line, text, output: [], code: 0, isInline: false })),
    {
      cwd: folder.path,
      names: ["known"],
      programs: ({ args, stdin }) =>
        Promise.resolve({ code: 0, stdout: `${JSON.stringify(args)}${stdin}` }),
      environment: {},
    },
  );
  assertEquals(outcomes.map(({ code, calls }) => [code, calls]), [[127, 0], [0, 2], [0, 1]]);
  assertEquals(outcomes[1].output, '[]["a b",""]');
  assertEquals(outcomes[2].output, '["c"]\n');
});

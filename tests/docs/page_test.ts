import { assertEquals } from "@std/assert";
import { isComplete, readPage } from "./page.ts";

Deno.test("readPage() finds commands, their output and their exit code", () => {
  const page = readPage(
    "a.md",
    [
      "Run `deno task\n etl run`, or `a` and `deno task etl …`.",
      "",
      "- <!-- exit code 1 -->",
      "  ```console",
      "  $ export A=1  # one",
      "  $ deno task etl \\",
      "      verify",
      "  different",
      "  ```",
      "",
      "  ```text",
      "  more",
      "  ```",
    ].join("\n").replace("- <", "  <"),
  );
  assertEquals(page.inline.map(({ line, text }) => [line, text]), [[1, "deno task etl run"]]);
  assertEquals(page.commands, [
    { line: 6, text: "export A=1  # one", output: [], code: 0, isInline: false },
    {
      line: 7,
      text: "deno task etl \\\n    verify",
      output: ["different", "more"],
      code: 1,
      isInline: false,
    },
  ]);
});

Deno.test("readPage() reports blocks of commands that no test would run", () => {
  const page = readPage("a.md", "```sh\nls\n```\n\n```\ndeno task etl run\n```\n");
  assertEquals(page.problems, [
    'a.md:2: no rule for a block of sh; commands go into a block of console, after "$ "',
    'a.md:6: put "$ " before the command',
  ]);
});

Deno.test("isComplete() waits for the rest of a command as a shell does", () => {
  for (const text of ["a \\", "a 'b", 'a "b', "cat <<END\nEN", "a '{\n"]) {
    assertEquals(isComplete(text), false, text);
  }
  for (const text of ["a 'b' \"c's\"", "cat >a <<END\nb\nEND", "a # don't", "a \\\n b"]) {
    assertEquals(isComplete(text), true, text);
  }
});

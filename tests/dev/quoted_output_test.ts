import { assert, assertEquals } from "@std/assert";
import { quotations, withOutput } from "../../dev/measure/quoted_output.ts";
import { PEERS } from "../../dev/compare/peers.ts";
import { checkTask } from "../docs/tasks.ts";

Deno.test("withOutput() replaces the output of one command", () => {
  const page = [
    ...["<!-- output of deno task a -->", "old", "<!-- end of output -->"],
    ...["<!-- output of deno task a --b -->", "", "other", "", "<!-- end of output -->"],
  ].join("\n");
  assertEquals(withOutput(page, "deno task a", "$& new\n").split("\n"), [
    ...["<!-- output of deno task a -->", "", "$& new", "", "<!-- end of output -->"],
    ...["<!-- output of deno task a --b -->", "", "other", "", "<!-- end of output -->"],
  ]);
});

Deno.test("every command whose output a page quotes can be run", async () => {
  const all = await quotations();
  assert(all.length > 3);
  for (const { path, command, output } of all) {
    const [, , task, ...args] = command.split(" ");
    await checkTask(task, args);
    assert(/^\| /m.test(output), `${path} has no output of ${command}`);
  }
});

Deno.test("the README compares with the tools and versions that the comparison runs", async () => {
  const { output } = (await quotations())
    .find(({ path, command }) => path === "README.md" && command === "deno task compare")!;
  const rows = output.split("\n").filter((line) => line.startsWith("| "))
    .map((line) => line.split("|")[1].trim());
  const skipped = [...output.matchAll(/^skipped (.+?): /gm)].map(([, name]) => name);
  for (const { name } of PEERS) assert(rows.includes(name) || skipped.includes(name), name);
});

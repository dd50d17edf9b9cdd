/** The files under .github/ that GitHub reads: it ignores a broken one without a word. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { join, resolve } from "node:path";
import { parse } from "yaml";
import { GATES } from "../dev/check/gates.ts";

const ROOT = resolve(import.meta.dirname!, "..");
const GITHUB = join(ROOT, ".github");

interface Step {
  readonly uses?: string;
  readonly run?: string;
}

interface Workflow {
  readonly permissions?: unknown;
  readonly jobs: Readonly<
    Record<string, { readonly uses?: string; readonly steps?: readonly Step[] }>
  >;
}

interface Form {
  readonly name: string;
  readonly description: string;
  readonly body: readonly { readonly type: string; readonly id?: string }[];
}

function documents<T>(folder: string): { name: string; text: string; content: T }[] {
  return [...Deno.readDirSync(join(GITHUB, folder))]
    .filter(({ name }) => name.endsWith(".yml"))
    .map(({ name }) => {
      const text = Deno.readTextFileSync(join(GITHUB, folder, name));
      return { name, text, content: parse(text) as T };
    });
}

const workflows = documents<Workflow>("workflows");
const steps = workflows.flatMap(({ name, content }) =>
  Object.values(content.jobs).flatMap(({ uses, steps = [] }) =>
    [...steps, ...(uses ? [{ uses }] : [])].map((step) => ({ name, ...step }))
  )
);

Deno.test("every action is pinned by commit, with its version in a comment", () => {
  for (const { name, text } of workflows) {
    for (const [line] of text.matchAll(/^.*\buses: (?!\.\/).*$/gm)) {
      assertMatch(line, /@[0-9a-f]{40} # v\d+\.\d+\.\d+$/, name);
    }
  }
  assert(steps.some(({ uses }) => uses?.startsWith("denoland/setup-deno@")));
});

Deno.test("every workflow has the right to read by default, and nothing else", () => {
  for (const { name, content } of workflows) {
    assertEquals(content.permissions, { contents: "read" }, name);
  }
});

Deno.test("every task that a workflow or .ci/run starts exists", () => {
  const { tasks } = JSON.parse(Deno.readTextFileSync(join(ROOT, "deno.json")));
  const texts = [
    ...steps.flatMap(({ run }) => run ?? []),
    Deno.readTextFileSync(join(ROOT, ".ci/run")).replaceAll('"${deno[@]}"', "deno"),
  ];
  const named = texts.flatMap((text) =>
    [...text.matchAll(/\bdeno task (\w+)/g)].map(([, task]) => task)
  );
  assert(named.includes("check") && named.includes("release") && named.includes("deploy"));
  assertEquals(named.filter((task) => !(task in tasks)), []);
});

Deno.test("every issue form has what GitHub requires", () => {
  const forms = documents<Form>("ISSUE_TEMPLATE").filter(({ name }) => name !== "config.yml");
  assertEquals(forms.map(({ name }) => name).sort(), ["bug.yml", "feature.yml"]);
  for (const { name, content } of forms) {
    assert(content.name && content.description, name);
    const ids = content.body.flatMap(({ id }) => id ?? []);
    assert(ids.length > 0 && new Set(ids).size === ids.length, name);
  }
});

Deno.test("Dependabot watches everything that is pinned", () => {
  const { version, updates } = parse(Deno.readTextFileSync(join(GITHUB, "dependabot.yml"))) as {
    version: number;
    updates: { "package-ecosystem": string; directory: string }[];
  };
  assertEquals(version, 2);
  assertEquals(
    updates.map((update) => `${update["package-ecosystem"]} ${update.directory}`),
    ["github-actions /", "deno /", "terraform /terraform"],
  );
});

Deno.test("the files that checks name exist", () => {
  for (const [name, { command }] of Object.entries(GATES)) {
    for (const argument of command) {
      if (!/^[.\w]+\/[\w./]+$/.test(argument)) continue;
      assert(Deno.statSync(join(ROOT, argument)), `${name}: ${argument}`);
    }
  }
});

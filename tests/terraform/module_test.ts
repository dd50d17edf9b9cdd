/** Checks the module's form, and runs its own tests, which mock AWS. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { openModuleCopy, terraform, whyNoTerraform } from "./module_copy.ts";
import { MODULE } from "../../deploy/terraform.ts";
import { QUICK, slowTest } from "../support/slow.ts";

/** Switches: their type refuses every wrong value. */
const isSwitch = ({ body }: Block) => /^ {2}type +=\s+bool$/m.test(body);

// Terraform draws no graph before its backend is initialised.
const module = QUICK
  ? "not opened"
  : await openModuleCopy({ override: 'terraform {\n  backend "local" {}\n}\n' });
if (typeof module !== "string") {
  Deno.test.afterAll(async () => await module[Symbol.asyncDispose]());
} else if (!QUICK) {
  console.warn(`note: terraform/ is not tested: ${module}`);
}

Deno.test({
  name: "terraform/ is formatted as terraform fmt would",
  ignore: await whyNoTerraform() !== null,
  fn: async () => {
    const files = await terraform(["fmt", "-check", "-recursive", "-list=true"], { cwd: MODULE });
    assertEquals(files.trim(), "");
  },
});

slowTest({
  name: "terraform/ is valid, and passes its own tests",
  ignore: typeof module === "string",
  fn: async () => {
    assert(typeof module !== "string");
    assertStringIncludes(await module.run(["validate", "-no-color"]), "Success!");
    const output = await module.run(["test", "-no-color"]);
    assertMatch(output, /Success! [1-9]\d* passed, 0 failed\./);
  },
});

slowTest({
  name: "the warehouse is created after its route to the internet, and destroyed before it",
  ignore: typeof module === "string",
  fn: async () => {
    assert(typeof module !== "string");
    const graph = await module.run(["graph"]);
    for (
      const [later, earlier] of [
        ["aws_db_instance.warehouse", "aws_route_table_association.warehouse"],
        ["aws_route_table_association.warehouse", "aws_route_table.warehouse"],
        ["aws_route_table.warehouse", "aws_internet_gateway.warehouse"],
      ]
    ) assertStringIncludes(graph, `"${later}" -> "${earlier}"`);
  },
});

Deno.test("a variable is nullable only where null has a meaning", async () => {
  for (const { name, body } of await blocks("variables.tf", "variable")) {
    const wanted = /^ {2}default +=\s+null$/m.test(body) ? /null: / : /^ {2}nullable +=\s+false$/m;
    assertMatch(body, wanted, name);
  }
});

Deno.test("every variable has a description and a type", async () => {
  for (const { name, body } of await blocks("variables.tf", "variable")) {
    assertMatch(body, /^ {2}description = "[^"]{20,}/m, name);
    assertMatch(body, /^ {2}type +=/m, name);
  }
});

Deno.test("every variable except switches has tests that wrong values are refused", async () => {
  const refusals = await Deno.readTextFile(join(MODULE, "tests/refusals.tftest.hcl"));
  const refused = new Set(refusals.match(/\bvar\.\w+/g));
  for (const variable of await blocks("variables.tf", "variable")) {
    if (isSwitch(variable)) continue;
    const { name, body } = variable;
    assertMatch(body, new RegExp(`error_message = "${name} must `), `${name} has no validation`);
    assert(refused.has(`var.${name}`), `${name}: no test gives it a wrong value`);
  }
});

Deno.test("every output has a description", async () => {
  const outputs = await blocks("outputs.tf", "output");
  assert(outputs.length > 0);
  for (const { name, body } of outputs) assertMatch(body, /^ {2}description = ".{10,}"$/m, name);
});

Deno.test("Terraform never receives a secret's value", async () => {
  for await (const { name } of Deno.readDir(MODULE)) {
    if (!name.endsWith(".tf")) continue;
    const text = (await Deno.readTextFile(join(MODULE, name))).replace(/^\s*#.*$/gm, "");
    assert(!/aws_secretsmanager_secret_version|secret_string|^\s*password\s*=/m.test(text), name);
  }
});

interface Block {
  readonly name: string;
  readonly body: string;
}

async function blocks(file: string, kind: string): Promise<Block[]> {
  const text = await Deno.readTextFile(join(MODULE, file));
  return [...text.matchAll(new RegExp(`^${kind} "(\\w+)" {\\n([\\s\\S]*?)^}`, "gm"))]
    .map(([, name, body]) => ({ name, body }));
}

import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { failureOf, productionUrl } from "../../deploy/platform.ts";
import { EtlError } from "../../sdk/errors.ts";

const ARGS = ["deploy", "create", "--json", "--org", "acme"];

function failure(code: number, stderr: string, args: readonly string[] = ARGS): EtlError {
  return failureOf(args, { code, stdout: "", stderr });
}

const ENVELOPE = JSON.stringify({
  error: { code: "AUTH_INVALID_TOKEN", message: "The token has expired.", hint: "Make another." },
});

Deno.test("failureOf() explains every exit code", () => {
  const messages = {
    1: "exit code 1",
    2: "rejected the arguments",
    3: "rejected the token",
    4: "cannot find the organization or the app",
    5: "the name already exists",
    6: "cannot reach Deno Deploy",
  };
  for (const [code, part] of Object.entries(messages)) {
    const error = failure(Number(code), `some build's log\n${ENVELOPE}\n`);
    assertStringIncludes(error.message, part);
    assertStringIncludes(error.message, "The token has expired.");
    assertStringIncludes(error.next?.advice ?? "", "Make another.");
    assertEquals(error.retryable, code === "6");
    assertEquals(error.stage, "deno deploy create");
  }
  const added = failure(5, ENVELOPE, ["deploy", "env", "add", "NAME", "value", "--json"]);
  assertEquals([added.stage, added.next?.advice], ["deno deploy env add", "deno task deploy"]);
});

Deno.test("failureOf() accepts output without an envelope", () => {
  const printed = "a log\nerror: No such file\nCaused by:\n    os error 2\n";
  assertStringIncludes(failure(1, printed).message, "exit code 1: No such file");
  assertStringIncludes(failure(1, "").message, "no error message");
});

Deno.test("failureOf() does not quote arguments", () => {
  const added = failure(5, "", ["deploy", "env", "add", "NAME", "hush"]);
  assert(!Deno.inspect(added).includes("hush"));
});

Deno.test("productionUrl() returns the URL of the output, or production's first domain", () => {
  const timelines = [
    { partition: "Git branch / main", domains: ["https://main.example.com"] },
    { partition: "Production", domains: ["https://totesys.example.com", "https://other.example"] },
  ];
  assertEquals(productionUrl({ timelines }), "https://totesys.example.com");
  const named = { timelines, productionUrl: "https://custom.example.com" };
  assertEquals(productionUrl(named), "https://custom.example.com");
  assertEquals(productionUrl({ timelines, productionUrl: null }), "https://totesys.example.com");
});

Deno.test("productionUrl() throws when the app has no production URL", () => {
  for (const answer of [null, {}, { timelines: [] }, { productionUrl: "nowhere" }]) {
    assertThrows(() => productionUrl(answer), EtlError, "has no production URL");
  }
});

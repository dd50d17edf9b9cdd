import { assert } from "@std/assert";
import { pages } from "../../dev/docs/pages.ts";

const ROOT = new URL("../../", import.meta.url);

for (const { path, render } of pages) {
  Deno.test(`${path} matches the code that it is generated from`, async () => {
    const page = await Deno.readTextFile(new URL(path, ROOT));
    assert(page === render(), `${path} is stale. next: deno task docs`);
  });
}

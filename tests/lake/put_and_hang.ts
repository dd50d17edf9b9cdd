/**
 * A program that puts `whole`, then hangs while it puts `half`, until a test kills it. Its argument is
 * the URL of the store. It prints a line once half of `half` is written.
 */
import { fileStore } from "../../sdk/lake/file_store.ts";

const store = fileStore(Deno.args[0]);
await store.put("a/whole", new TextEncoder().encode("whole"));
await store.put(
  "a/half",
  async function* () {
    yield new Uint8Array(1_000_000);
    console.log("half way");
    await new Promise((resolve) => setTimeout(resolve, 60_000));
  }(),
);

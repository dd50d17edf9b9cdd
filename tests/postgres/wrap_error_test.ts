import { assertEquals, assertThrows } from "@std/assert";
import { SourceError } from "../../sdk/errors.ts";
import { wrapError } from "../../sdk/postgres/wrap_error.ts";

Deno.test("wrapError() says what happened where postgres.js prints an undefined address", () => {
  const messages = [
    ["CONNECT_TIMEOUT", "the server did not answer the login"],
    ["CONNECTION_CLOSED", "the connection was closed"],
  ];
  const wrap = wrapError(SourceError, "cannot read the source", { stage: "extract" });
  for (const [code, message] of messages) {
    const cause = Object.assign(new Error(`write ${code} undefined:undefined`), { code });
    const error = assertThrows(() => wrap(cause), SourceError);
    assertEquals([error.message, error.retryable], [`cannot read the source: ${message}`, true]);
  }
});

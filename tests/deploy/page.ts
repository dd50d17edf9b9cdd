/**
 * Compares what a deployment prints with what docs/cloud.md shows.
 *
 * @module
 */
import { assert } from "@std/assert";
import { readPage } from "../docs/page.ts";
import { missingLine } from "../docs/sample.ts";
import type { Installation } from "./installation.ts";

const PATH = "docs/cloud.md";
const PAGE = readPage(
  PATH,
  Deno.readTextFileSync(new URL(`../../${PATH}`, import.meta.url)),
);
/** Lines that only a person at a terminal sees, or that count the resources of the real module. */
const NOT_PRINTED_HERE = /\[y\/N\]|^Plan: /;

/** Asserts that the page shows the output of a command, in the words of the deployment. */
export function assertShown(command: string, text: string, { server }: Installation): void {
  const shown = PAGE.commands.filter((shown) => shown.text === command);
  assert(shown.length > 0, `${PATH} does not show ${command}`);
  const output = text
    .replaceAll(`127.0.0.1:${server.port}/totesys`, "db.example.com:5432/totesys")
    .replaceAll(/\bt-[0-9a-f]{8}/g, "totesys");
  for (const { line, output: lines } of shown) {
    const sample = lines.filter((line) => !NOT_PRINTED_HERE.test(line))
      // Here, the database exists before Terraform does.
      .map((line) => line.replace(/in the new warehouse|totesys-warehouse\.….*?\/warehouse/, "…"));
    const missing = missingLine(sample, output);
    assert(
      missing === undefined,
      `${PATH}:${line} shows a line that is not printed:\n${missing}\n${output}`,
    );
  }
}

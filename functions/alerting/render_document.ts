/**
 * A document without rows in words: a file, or the rates of a day.
 *
 * @module
 */
import type { DocumentAlert } from "../../sdk/mod.ts";
import { withStop } from "../format.ts";
import type { AlertWords } from "./alert_words.ts";

/** What happened to a document, by the kind of alert. */
const VERDICTS: Readonly<Record<DocumentAlert["code"], string>> = {
  document_refused: "was refused",
  document_missing: "is missing",
  document_duplicate: "is a duplicate",
};

const MEANINGS: Readonly<Record<DocumentAlert["code"], string>> = {
  document_refused:
    "It is in quarantine as a whole. If an earlier version of it was loaded, those rows stay. All " +
    "other documents are loaded. A corrected version under the same name replaces it.",
  document_missing:
    "The gap stays a gap: nothing is carried over from another day. If it is published later, load " +
    "it with: deno task etl rates --from DATE.",
  document_duplicate:
    "Its rows were not loaded a second time. Delete it, or replace it if its content is wrong.",
};

/** Returns a document without rows in words. */
export function renderDocument(alert: DocumentAlert): AlertWords {
  const { code, source, document, reason, next } = alert;
  const title = `The document ${document} ${VERDICTS[code]}`;
  return {
    title,
    resolved: title,
    happened: withStop(reason === "" ? title : `${title}: ${reason}`),
    meaning: MEANINGS[code],
    next: next ?? { operations: [{ name: "status" }] },
    facts: [["Source", source], ["Document", document]],
  };
}

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
    "None of its rows are in the warehouse. It is in quarantine as a whole. All other documents are " +
    "loaded. A corrected version under the same name replaces it.",
  document_missing:
    "The gap stays a gap: nothing is carried over from another day. If it is published later, " +
    "deno task etl rates --from with its date loads it.",
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

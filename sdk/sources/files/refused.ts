import { RefusedDocumentError } from "../../errors.ts";

/** Returns the error that refuses a file as a whole: `line 7: the row has 3 fields, not 4`. */
export function refused(reason: string, cause?: unknown): RefusedDocumentError {
  return new RefusedDocumentError(reason, {
    stage: "extract",
    next: "fix the file and put it there again, under the same name",
    cause,
  });
}

/** Returns the place of a line in a message. */
export function atLine(line: number, problem: string): string {
  return `line ${line}: ${problem}`;
}

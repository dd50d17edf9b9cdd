import { createHash } from "node:crypto";

/** Ends the text of a JSON object with the SHA-256 of what it is without it. */
export function sealed(text: string): string {
  return `${text.slice(0, -1)},"sha256":"${sha256(text)}"}`;
}

/** Whether a text has no seal, or not its own. What a newer version wrote may be sealed otherwise. */
export function isBroken(text: string): boolean {
  if (/^\{"format":(?!1\b)\d/.test(text)) return false;
  const seal = /,"sha256":"([0-9a-f]{64})"\}\n?$/.exec(text);
  return seal === null || sha256(`${text.slice(0, seal.index)}}`) !== seal[1];
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

import { createHash } from "node:crypto";

/** Ends the text of a JSON object with the SHA-256 of what it is without it. */
export function withChecksum(text: string): string {
  return `${text.slice(0, -1)},"sha256":"${sha256(text)}"}`;
}

/** Whether a text has no seal, or not its own. What a newer version wrote may be sealed otherwise. */
export function hasBadChecksum(text: string): boolean {
  if (/^\{"format":(?!1\b)\d/.test(text)) return false;
  const checksum = /,"sha256":"([0-9a-f]{64})"\}\n?$/.exec(text);
  return checksum === null || sha256(`${text.slice(0, checksum.index)}}`) !== checksum[1];
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

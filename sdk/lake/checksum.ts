import { createHash } from "node:crypto";
import { FORMAT } from "./upgrades/upgrades.ts";

/** Returns the text of a JSON object with the SHA-256 of that text as its last field. */
export function withChecksum(text: string): string {
  return `${text.slice(0, -1)},"sha256":"${sha256(text)}"}`;
}

/** Returns whether a commit's checksum is missing or wrong. One of a newer format is not checked. */
export function hasBadChecksum(text: string): boolean {
  if (Number(/^\{"format":(\d+)/.exec(text)?.[1]) > FORMAT) return false;
  const checksum = /,"sha256":"([0-9a-f]{64})"\}\n?$/.exec(text);
  return checksum === null || sha256(`${text.slice(0, checksum.index)}}`) !== checksum[1];
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

import { createHash } from "node:crypto";
import type { Model } from "../../schemas/model.ts";

/** Raised whenever a transform makes something else of the same rows; a test watches over it. */
export const TRANSFORM_VERSION = 1;

/** Digits of the hash that are kept: enough to tell the specs of one product's life apart. */
const HASH_DIGITS = 8;

/**
 * The version of what makes the processed zone: the transforms' number, and a hash of the specs they
 * work from, `1.9f86d081`.
 */
export function transformVersion(
  { source, warehouse }: Model,
  transforms: number = TRANSFORM_VERSION,
): string {
  const specs = JSON.stringify({ source, warehouse });
  const hash = createHash("sha256").update(specs).digest("hex");
  return `${transforms}.${hash.slice(0, HASH_DIGITS)}`;
}

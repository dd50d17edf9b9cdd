import { createHash } from "node:crypto";
import type { Model } from "../../schemas/model.ts";

/** Version number of the transforms. Raise it when one makes other rows of the same input; a test checks. */
export const TRANSFORM_VERSION = 1;

/** Digits of the hash: enough to tell all versions of the specs apart. */
const HASH_DIGITS = 8;

/**
 * Returns the version of what makes the processed zone: the version number of the transforms, and a hash
 * of the specs, as in `1.9f86d081`.
 */
export function transformVersion(
  { source, warehouse }: Model,
  transforms: number = TRANSFORM_VERSION,
): string {
  const specs = JSON.stringify({ source, warehouse });
  const hash = createHash("sha256").update(specs).digest("hex");
  return `${transforms}.${hash.slice(0, HASH_DIGITS)}`;
}

import type { RowVersion } from "../../data/catalogue/versions.ts";
import { instantOf } from "../../../../sdk/analysis/instant.ts";
import { ConfigurationError } from "../../../../sdk/errors.ts";

/** A value that differs from the version before. */
export interface ValueChange {
  readonly column: string;
  readonly before: string | null;
  readonly after: string | null;
}

/** Returns what a version changed; `older` is the one before it. */
export function changesOf(
  { values }: RowVersion,
  older: RowVersion | undefined,
): ValueChange[] {
  if (!older) return [];
  return Object.entries(values).flatMap(([column, after]) => {
    const before = older.values[column];
    return before === after ? [] : [{ column, before, after }];
  });
}

/** Returns the version that was valid at an instant; undefined when there was no row. */
export function versionAt(
  versions: readonly RowVersion[],
  instant: string,
): RowVersion | undefined {
  return versions.find(({ valid_from, valid_to }) =>
    valid_from <= instant && (valid_to === null || valid_to > instant)
  );
}

/**
 * Returns an instant of a form: RFC 3339, or without its offset as a browser sends it, which is UTC. Returns
 * null for anything else.
 */
export function instantOfForm(text: string): string | null {
  const seconds = /^\d{4}-\d\d-\d\dT\d\d:\d\d$/.test(text) ? `${text}:00` : text;
  try {
    return instantOf(/(Z|[+-]\d\d:\d\d)$/.test(seconds) ? seconds : `${seconds}Z`);
  } catch (error) {
    if (error instanceof ConfigurationError) return null;
    throw error;
  }
}

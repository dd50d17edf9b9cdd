import { ConfigurationError } from "../errors.ts";

const RFC_3339 = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(?:\.(\d{1,6}))?(Z|[+-]\d{2}:\d{2})$/;

/**
 * Returns an instant in the form of the lake: RFC 3339 in UTC with microseconds. These texts sort by time.
 *
 * @throws {ConfigurationError} when it is not an instant: a text without its offset from UTC leaves it open.
 */
export function instantOf(value: string | Date): string {
  const text = value instanceof Date && !isNaN(value.getTime()) ? value.toISOString() : `${value}`;
  const match = RFC_3339.exec(text);
  const seconds = match && new Date(`${match[1]}${match[3]}`);
  if (seconds && !isNaN(seconds.getTime())) {
    return seconds.toISOString().replace("000Z", `${(match[2] ?? "").padEnd(6, "0")}Z`);
  }
  throw new ConfigurationError(`${JSON.stringify(text)} is not an instant`, {
    stage: "configuration",
    next: "write it in RFC 3339 with its offset from UTC, such as 2026-11-30T09:00:00Z",
  });
}

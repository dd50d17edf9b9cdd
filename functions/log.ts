/**
 * The log of the cloud functions: one JSON object per line.
 *
 * @module
 */

/** The severity of an event. */
export type Level = "info" | "warning" | "error";

/** Writes an event as a line. Omits undefined fields. */
export function log(level: Level, event: string, record: Readonly<Record<string, unknown>>): void {
  console.log(JSON.stringify({ time: new Date().toISOString(), level, event, ...record }));
}

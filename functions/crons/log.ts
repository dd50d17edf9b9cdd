/** The log of the crons: one JSON object per line, one line per event. */

/** How much an event matters. */
export type Level = "info" | "warning" | "error";

/** Writes an event to the log. What is undefined is left out. */
export function log(level: Level, event: string, record: Readonly<Record<string, unknown>>): void {
  console.log(JSON.stringify({ time: new Date().toISOString(), level, event, ...record }));
}

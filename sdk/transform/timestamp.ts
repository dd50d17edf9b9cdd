/** The date in a timestamp (`YYYY-MM-DD HH:MM:SS…`), as it stands there: no zone shifts it. */
export function dateOf(timestamp: string): string {
  return timestamp.slice(0, timestamp.indexOf(" "));
}

/** The time of day in a timestamp, as it stands there: no zone shifts it. */
export function timeOf(timestamp: string): string {
  return timestamp.slice(timestamp.indexOf(" ") + 1);
}

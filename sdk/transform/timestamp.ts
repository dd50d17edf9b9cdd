/** Returns the date of a timestamp (`YYYY-MM-DD HH:MM:SS…`) as written, without a time zone. */
export function dateOf(timestamp: string): string {
  return timestamp.slice(0, timestamp.indexOf(" "));
}

/** Returns the time of day of a timestamp as written, without a time zone. */
export function timeOf(timestamp: string): string {
  return timestamp.slice(timestamp.indexOf(" ") + 1);
}

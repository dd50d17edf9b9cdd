/**
 * Numbers and times as people read them: UTC everywhere, and a narrow space that does not break between
 * thousands and before units.
 *
 * @module
 */
const NARROW = "\u202f";
const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");

/** Returns a whole number: `11 187`. */
export function int(n: number): string {
  return String(Math.round(n)).replace(/\B(?=(\d{3})+$)/g, NARROW).replace("-", "−");
}

/** Returns a number that fits where seven digits do not: `99 999`, `123k`, `37.0m`, `1.2bn`. */
export function compact(n: number): string {
  if (n < 99_999.5) return int(n);
  if (n < 999_500) return `${int(n / 1e3)}k`;
  return n < 999_950_000 ? `${(n / 1e6).toFixed(1)}m` : `${(n / 1e9).toFixed(1)}bn`;
}

/** Returns a count and its noun: `1 row`, `1 204 rows`. */
export function plural(n: number, noun: string, nouns: string = `${noun}s`): string {
  return `${int(n)} ${n === 1 ? noun : nouns}`;
}

/** Returns a change as a share: `+3.4 %`, and `×2.2` from twice on. */
export function change(ratio: number): string {
  if (ratio >= 1) return `×${ratio + 1 < 9.95 ? (ratio + 1).toFixed(1) : int(ratio + 1)}`;
  const percent = Math.abs(ratio) * 100;
  const digits = percent >= 9.95 ? 0 : 1;
  return `${ratio < 0 ? "−" : "+"}${percent.toFixed(digits)}${NARROW}%`;
}

/** Returns a share: `48 %`. */
export function share(ratio: number): string {
  return `${Math.round(ratio * 100)}${NARROW}%`;
}

/** Returns a duration: `474 ms`, `1.2 s`, `2 min 5 s`, `3 h 20 min`. */
export function duration(ms: number): string {
  if (ms === 0) return "0";
  if (ms < 999.5) return `${Math.round(ms)}${NARROW}ms`;
  if (ms < 59_950) return `${(ms / 1000).toFixed(1)}${NARROW}s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 3_600) return pair(seconds, 60, "min", "s");
  return pair(Math.round(seconds / 60), 60, "h", "min");
}

function pair(n: number, size: number, large: string, small: string): string {
  const [whole, rest] = [Math.floor(n / size), n % size];
  return `${int(whole)}${NARROW}${large}${rest === 0 ? "" : ` ${rest}${NARROW}${small}`}`;
}

/** Returns a size: `709 B`, `25.3 kB`. */
export function bytes(n: number): string {
  if (n < 999.5) return `${Math.round(n)}${NARROW}B`;
  const units = [["kB", 1e3], ["MB", 1e6], ["GB", 1e9], ["TB", 1e12]] as const;
  // 999 960 bytes would be 1000.0 kB.
  const [unit, size] = units.findLast(([, size]) => n * 1.00005 >= size) ?? units[0];
  return `${(n / size).toFixed(1)}${NARROW}${unit}`;
}

/** Returns the time since or until: `42 s`, `47 min`, `3 h`, `2 days`. A unit begins at two of it. */
export function age(ms: number): string {
  const seconds = Math.max(0, ms) / 1000;
  if (seconds < 119.5) return `${Math.round(seconds)}${NARROW}s`;
  if (seconds < 7_170) return `${Math.round(seconds / 60)}${NARROW}min`;
  if (seconds < 171_000) return `${Math.round(seconds / 3_600)}${NARROW}h`;
  return `${int(seconds / 86_400)}${NARROW}days`;
}

/** Returns a day: `27 Nov`. */
export function day(at: Date): string {
  return `${at.getUTCDate()}${NARROW}${MONTHS[at.getUTCMonth()]}`;
}

/** Returns a time of day: `14:20`. */
export function clock(at: Date): string {
  return at.toISOString().slice(11, 16);
}

/** Returns a time of day with seconds: `14:20:19`. */
export function preciseClock(at: Date): string {
  return at.toISOString().slice(11, 19);
}

/** Returns a time with its day, unless that is the day of `now`: `14:20`, `26 Nov, 14:20`. */
export function moment(at: Date, now: Date): string {
  const isToday = at.toISOString().slice(0, 10) === now.toISOString().slice(0, 10);
  return isToday ? clock(at) : `${day(at)}, ${clock(at)}`;
}

/** Returns a list in words: `a`, `a and b`, `a, b and 3 more`. */
export function listed(items: readonly string[], most = 3): string {
  const shown = items.length > most ? items.slice(0, most - 1) : items;
  const parts = shown.length < items.length
    ? [...shown, `${int(items.length - shown.length)} more`]
    : shown;
  return parts.length < 2 ? parts.join("") : `${parts.slice(0, -1).join(", ")} and ${parts.at(-1)}`;
}

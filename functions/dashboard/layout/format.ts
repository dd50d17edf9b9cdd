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

/** Returns a duration: `474 ms`, `1.2 s`. */
export function duration(ms: number): string {
  if (ms === 0) return "0";
  return ms < 999.5 ? `${Math.round(ms)}${NARROW}ms` : `${(ms / 1000).toFixed(1)}${NARROW}s`;
}

/** Returns a size: `709 B`, `25.3 kB`. */
export function bytes(n: number): string {
  if (n < 1000) return `${n}${NARROW}B`;
  const units = [["kB", 1e3], ["MB", 1e6], ["GB", 1e9], ["TB", 1e12]] as const;
  const [unit, size] = units.findLast(([, size]) => n >= size)!;
  return `${(n / size).toFixed(1)}${NARROW}${unit}`;
}

/** Returns the time since or until: `42 s`, `47 min`, `3 h`, `3 days`. */
export function age(ms: number): string {
  const seconds = ms / 1000;
  if (seconds < 89.5) return `${Math.round(seconds)}${NARROW}s`;
  if (seconds < 5_370) return `${Math.round(seconds / 60)}${NARROW}min`;
  if (seconds < 127_800) return `${Math.round(seconds / 3_600)}${NARROW}h`;
  return `${Math.round(seconds / 86_400)}${NARROW}days`;
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

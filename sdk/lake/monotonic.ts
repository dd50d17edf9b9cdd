/**
 * Returns the time to record for a snapshot: the source's clock, or a microsecond after the previous
 * snapshot if the clock went backwards. Validity intervals are built from these times, so each must be
 * later than the one before.
 */
export function monotonic(takenAt: string, previous: string | undefined): string {
  if (previous === undefined || takenAt > previous) return takenAt;
  const [whole, fraction] = previous.replace("Z", "").split(".");
  const micros = Number(fraction) + 1;
  if (micros < 1_000_000) return `${whole}.${String(micros).padStart(6, "0")}Z`;
  const nextSecond = new Date(Date.parse(`${whole}Z`) + 1000).toISOString().slice(0, 19);
  return `${nextSecond}.000000Z`;
}

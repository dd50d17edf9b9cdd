/** A bar that is as long as its share of the cell; a tick marks what to compare it with. */
export function Bar({ value, tick, tone = "" }: {
  /** From 0 to 1. */
  readonly value: number;
  /** From 0 to 1. */
  readonly tick?: number;
  readonly tone?: "" | "ok" | "warn" | "bad" | "ghost";
}) {
  return (
    <svg class={`bar ${tone}`} width="100%" height="14" aria-hidden="true">
      <rect class="fill" y="2" width={percent(value)} height="10" />
      {tick !== undefined && (
        <rect class="tick" x={percent(Math.min(tick, 0.99))} width="2" height="14" />
      )}
    </svg>
  );
}

function percent(share: number): string {
  return `${(Math.max(0, Math.min(1, share)) * 100).toFixed(1)}%`;
}

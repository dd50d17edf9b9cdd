import type { Child } from "hono/jsx";
import type { TableState } from "../../data/operations/operations.ts";
import { age, clock, day, int } from "../../layout/format.ts";
import { Icon } from "../../layout/icon.tsx";

/** Returns a number of rows: `≈` marks an estimate, and a dash, an unknown number. */
export function rowsText(state: TableState | undefined): string {
  if (state?.rows == null) return "–";
  return state.rows_exact ? int(state.rows) : `≈ ${int(state.rows)}`;
}

/** How far a table is behind its source. */
export function Freshness({ state, size = 14 }: {
  readonly state: TableState | undefined;
  readonly size?: number;
}) {
  if (state?.stopped) {
    return (
      <>
        <Icon tone="warn" size={size} silent /> stopped
      </>
    );
  }
  if (state?.behind_ms == null) return <>–</>;
  const tone = state.is_late ? "bad" : "ok";
  return (
    <>
      <Icon tone={tone} size={size} /> {age(state.behind_ms)}
    </>
  );
}

/** Returns a time as people read it: `27 Nov, 14:20 UTC`. */
export function timeText(at: string): string {
  const date = new Date(at);
  return `${day(date)} ${date.getUTCFullYear()}, ${clock(date)}`;
}

/** Four figures of a table. */
export function Figures({ figures }: {
  readonly figures: readonly (readonly [name: string, value: Child, note: Child])[];
}) {
  return (
    <dl class="kpis">
      {figures.map(([name, value, note]) => (
        <div>
          <dt>{name}</dt>
          <dd>{value}</dd>
          <dd class="delta soft">{note}</dd>
        </div>
      ))}
    </dl>
  );
}

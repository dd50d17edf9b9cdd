import { plural } from "../../layout/format.ts";

const HEIGHT = 14;
/** A few rows must not look like many. */
const LEAST_TOP = 4;

/** Counts by hour as small columns, in a cell of a table. */
export function Hours({ counts }: { readonly counts: readonly number[] }) {
  const top = Math.max(LEAST_TOP, ...counts);
  const step = 100 / counts.length;
  const total = counts.reduce((sum, count) => sum + count, 0);
  // A rule for all the hours without a change: most tables rarely change.
  return (
    <svg
      class="hours"
      width="100%"
      height={HEIGHT}
      role="img"
      aria-label={`${plural(total, "row")} in 24 hours`}
    >
      <line x1="0" x2="100%" y1={HEIGHT - 0.5} y2={HEIGHT - 0.5} />
      {counts.map((count, i) => {
        if (count === 0) return null;
        const height = Math.max(2, count / top * HEIGHT);
        return (
          <rect
            x={`${(i * step).toFixed(1)}%`}
            width={`${(step * 0.7).toFixed(1)}%`}
            y={(HEIGHT - height).toFixed(1)}
            height={height.toFixed(1)}
          />
        );
      })}
    </svg>
  );
}

/**
 * The last runs, a column each: above, the time that every stage took; below, the rows. Columns are
 * placed by percentages, so one drawing fits every width and its text is never scaled.
 *
 * @module
 */
import { compact, duration } from "../layout/format.ts";

/** A column. */
export interface StripRun {
  /** Its label below the axis. */
  readonly time: string;
  readonly failed: boolean;
  readonly elapsed_ms: number;
  /** Milliseconds per stage, in the order of {@linkcode STAGES}. */
  readonly stages_ms: readonly number[];
  readonly rows: number;
  /** The tooltip. */
  readonly title: string;
}

/** The stages, from the bottom of a column to its top. */
export const STAGES = ["extract", "transform", "load", "reconcile"] as const;

/** The upper and the lower part, from the top, in pixels. */
const DURATIONS = { top: 10, height: 88 };
const ROWS = { top: 122, height: 34 };
const BASE = ROWS.top + ROWS.height;
const HEIGHT = BASE + 22;
/** Places for columns. The newest run is at the right: the first runs of a pipeline leave places empty. */
const PLACES = 60;
/** The share of its place that a column fills. */
const FILL = 0.78;
/** Labels are counted from the newest run. */
const LABEL_EVERY = 10;

/** Draws the runs, the oldest first. `label` says what they show. */
export function Strip({ runs, label, outage }: {
  readonly runs: readonly StripRun[];
  readonly label: string;
  /** What to say of so many failed runs in a row. */
  readonly outage: (runs: number) => string;
}) {
  const succeeded = runs.filter(({ failed }) => !failed);
  const slowest = Math.max(50, ...succeeded.map(({ elapsed_ms }) => elapsed_ms));
  const most = Math.max(1, ...runs.map(({ rows }) => rows));
  const step = 100 / Math.max(PLACES, runs.length);
  const left = 100 - runs.length * step;
  return (
    <div class="strip">
      <Axis slowest={slowest} most={most} />
      <svg class="plot" height={HEIGHT} role="img" aria-label={label} tabindex={0}>
        {[DURATIONS.top, DURATIONS.top + DURATIONS.height, ROWS.top, BASE].map((y) => (
          <line class="gridline" x1="0" x2="100%" y1={y} y2={y} />
        ))}
        {outagesOf(runs).map(({ from, count }) => (
          <Outage from={left + from * step} width={count * step} text={outage(count)} />
        ))}
        {runs.map((run, i) => (
          <Column
            run={run}
            x={left + (i + (1 - FILL) / 2) * step}
            width={step * FILL}
            slowest={slowest}
            most={most}
          />
        ))}
        {runs.map(({ time }, i) =>
          (runs.length - 1 - i) % LABEL_EVERY === 0 && (
            <text
              class={(runs.length - 1 - i) % (2 * LABEL_EVERY) === 0 ? "" : "every-other"}
              x={percent(left + (i + 1) * step)}
              y={BASE + 16}
              text-anchor={left + i * step < 3 ? "start" : "end"}
            >
              {time}
            </text>
          )
        )}
        <g class="hits">
          {runs.map(({ title }, i) => (
            <rect x={percent(left + i * step)} width={percent(step)} y="0" height={BASE}>
              <title>{title}</title>
            </rect>
          ))}
        </g>
      </svg>
    </div>
  );
}

/** The numbers left of the grid. */
function Axis({ slowest, most }: { readonly slowest: number; readonly most: number }) {
  const texts: [y: number, text: string][] = [
    [DURATIONS.top, duration(slowest)],
    [DURATIONS.top + DURATIONS.height, "0"],
    [ROWS.top, compact(most)],
    [BASE, "0"],
  ];
  return (
    <svg class="plot axis" width="56" height={HEIGHT} aria-hidden="true">
      {texts.map(([y, text]) => <text x="48" y={y + 4} text-anchor="end">{text}</text>)}
    </svg>
  );
}

function Column({ run, x, width, slowest, most }: {
  readonly run: StripRun;
  readonly x: number;
  readonly width: number;
  readonly slowest: number;
  readonly most: number;
}) {
  const place = { x: percent(x), width: percent(width) };
  let bottom = DURATIONS.top + DURATIONS.height;
  return (
    <>
      {!run.failed && run.stages_ms.map((ms, stage) => {
        const height = ms / slowest * DURATIONS.height;
        bottom -= height;
        return height > 0 && <rect class={`s${stage + 1}`} {...place} {...box(bottom, height)} />;
      })}
      {run.rows > 0 && <Rows {...place} height={Math.max(1, run.rows / most * ROWS.height)} />}
    </>
  );
}

const Rows = (
  { x, width, height }: { readonly x: string; readonly width: string; readonly height: number },
) => <rect class="rows" x={x} width={width} {...box(BASE - height, height)} />;

/** One outage is one wash with one label; the label is a sign where it has no room. */
function Outage({ from, width, text }: {
  readonly from: number;
  readonly width: number;
  readonly text: string;
}) {
  const place = { x: percent(from), width: percent(width) };
  const middle = { x: percent(from + width / 2), y: DURATIONS.top + DURATIONS.height / 2 + 5 };
  // Pixels that the text and the wash take: of the wash, on the narrowest screen and on a desktop.
  const needs = text.length * 7.5 + 8;
  const [phone, desktop] = [width * 2.6, width * 9];
  return (
    <>
      <rect class="wash" {...place} {...box(DURATIONS.top, DURATIONS.height)} />
      <rect class="edge" {...place} y={DURATIONS.top} height="2" />
      {needs <= desktop && (
        <text class={needs <= phone ? "outage" : "outage roomy"} {...middle}>{`✕ ${text}`}</text>
      )}
      {needs > phone && (
        <text class={needs <= desktop ? "outage tight" : "outage"} {...middle}>✕</text>
      )}
    </>
  );
}

function outagesOf(runs: readonly StripRun[]): { from: number; count: number }[] {
  const outages: { from: number; count: number }[] = [];
  runs.forEach(({ failed }, i) => {
    const last = outages.at(-1);
    if (!failed) return;
    if (last && last.from + last.count === i) last.count++;
    else outages.push({ from: i, count: 1 });
  });
  return outages;
}

const box = (y: number, height: number) => ({ y: y.toFixed(1), height: height.toFixed(1) });

const percent = (n: number) => `${n.toFixed(2)}%`;

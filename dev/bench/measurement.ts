import type { Cost } from "../measure/measured_command.ts";
import type { Span } from "./work.ts";

/** One line of the result. */
export interface Measurement {
  /** What was measured. */
  readonly name: string;
  /** Milliseconds of each time it was measured. */
  readonly runs_ms: readonly number[];
  /** Rows moved each time. */
  readonly rows?: number;
  /** Bytes read from Postgres, or written to a zone of the lake. */
  readonly bytes?: number;
  /** CPU milliseconds of the process; omitted when one process did it several times. */
  readonly cpu_ms?: number;
  /** Peak memory of the process in bytes, sampled from outside. */
  readonly peak_rss?: number | null;
  /** Trips to the servers each time, on all connections; only with a distance. */
  readonly trips?: number;
  /** Trips that waited for one another; only with a distance. */
  readonly chain?: number;
}

/** A floor, which nothing that does the same work can be faster than, and what it is a floor of. */
export interface Group {
  readonly floor: Measurement;
  readonly measured: readonly Measurement[];
}

/** Returns what a process cost in addition to time. */
export function costOf({ cpu_ms, peak_rss }: Cost): Pick<Measurement, "cpu_ms" | "peak_rss"> {
  return { cpu_ms, peak_rss };
}

/** Returns the milliseconds of each span. */
export function timesOf(spans: readonly Span[]): number[] {
  return spans.map(({ elapsed_ms }) => elapsed_ms);
}

/**
 * The log of the cloud functions, as a person wants to watch it.
 *
 * @module
 */
import { duration, plural } from "../../functions/format.ts";

/** The jobs that run every minute and usually have nothing to say. */
const QUIET = ["load", "heartbeat"];

/** A line of the log, as far as it is shown. */
interface Entry {
  readonly time: string;
  readonly level: string;
  readonly event: string;
  readonly job?: string;
  readonly outcome?: string;
  readonly rows?: number;
  readonly elapsed_ms?: number;
  readonly message?: string;
}

/** Returns what to print of a line of the log; null for nothing. */
export function shortLine(line: string): string | null {
  const entry = parse(line);
  // It is not of the functions, but of Deno.
  if (entry === null) return line || null;
  const { time, level, event, job, outcome, rows, elapsed_ms, message } = entry;
  const clock = time.slice(11, 19);
  if (level !== "info") {
    return `${clock}  ${level}: ${[job, message ?? event].filter(Boolean).join(": ")}`;
  }
  if (event !== "job" || job === undefined || QUIET.includes(job)) return null;
  const words = [
    outcome ?? "done",
    rows === undefined ? "" : plural(rows, "row"),
    elapsed_ms === undefined ? "" : duration(elapsed_ms),
  ];
  return `${clock}  ${job}: ${words.filter(Boolean).join(", ")}`;
}

function parse(line: string): Entry | null {
  try {
    const entry = JSON.parse(line);
    return typeof entry?.time === "string" && typeof entry.level === "string" ? entry : null;
  } catch {
    return null;
  }
}

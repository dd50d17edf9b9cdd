import type { RunFailedAlert, RunFailure } from "../../sdk/mod.ts";
import { type FailedRun, failureAlert } from "../../sdk/operate/failure_alert.ts";
import { remedyText } from "../remedy.ts";
import { renderFailure } from "./render_failure.ts";

/**
 * Returns what the history of runs says about an error. As in a mail, the message of an unexpected error stays
 * out: it can quote a row.
 */
export function runFailure(error: unknown, run: FailedRun): RunFailure {
  const alert: RunFailedAlert = failureAlert(error, run);
  const { title, next } = renderFailure(alert);
  const kind = alert.error_code === undefined ? alert.error : alert.error_code;
  const detail = alert.message === undefined ? ` (${kind})` : `: ${alert.message}`;
  return { error: alert.error, message: `${title}${detail}`, next: remedyText(next) };
}

/**
 * How an answer failed. `unreachable`: there was none, or one that a retry can change. `rejected`: the
 * server refuses the request. `unusable`: the answer is not what was asked for.
 */
export type FailureKind = "unreachable" | "rejected" | "unusable";

/** One provider did not answer, or not with the rates. The message holds nothing of the URL or the body. */
export class FailedDownload extends Error {
  /** How it failed. */
  readonly kind: FailureKind;
  /** How long the server asks to wait before a retry. */
  readonly retryAfterMs?: number;

  constructor(kind: FailureKind, message: string, retryAfterMs?: number) {
    super(message);
    this.name = "FailedDownload";
    this.kind = kind;
    this.retryAfterMs = retryAfterMs;
  }
}

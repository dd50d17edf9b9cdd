/**
 * The answers to requests that no page answers.
 *
 * @module
 */
import type { Context } from "hono";
import { ConfigurationError, EtlError, LakeError, WarehouseError } from "../../sdk/errors.ts";
import { capitalized, errorRecord, printable, withStop } from "../format.ts";
import { log } from "../log.ts";
import { remedyText } from "../remedy.ts";
import type { Frame, PageEnv } from "./layout/page.tsx";
import { type Problem, ProblemPage } from "./pages/problem_page.tsx";

const NOT_FOUND: Problem = {
  title: "Page not found",
  cause: "The address is wrong, or the table or chart that it names no longer exists.",
};
const RETRY_S = 30;

/** Answers a request for a page that does not exist. */
export function notFound(context: Context): Response | Promise<Response> {
  return answer(context, NOT_FOUND, 404, "idle");
}

/** Answers a request whose page failed, and logs the error. */
export function showProblem(error: Error, context: Context): Response | Promise<Response> {
  log("error", "page", { path: context.req.path, ...errorRecord(error) });
  if (!(error instanceof EtlError)) return answer(context, UNEXPECTED, 500, "bad");
  context.header("retry-after", String(RETRY_S));
  return answer(context, problemOf(error), 503, "bad");
}

const UNEXPECTED: Problem = {
  title: "This page failed",
  cause: "An unexpected error occurred. The log of the cloud functions has its details.",
};

const TITLES = [
  [WarehouseError, "The warehouse cannot be read"],
  [LakeError, "The lake cannot be read"],
  [ConfigurationError, "A setting is wrong"],
] as const;

/** The answer to requests without access: it names no cause. */
const UNAVAILABLE =
  "The dashboard is not available. The log of the cloud functions has the reason.";

function problemOf(error: EtlError): Problem {
  const [, title] = TITLES.find(([Kind]) => error instanceof Kind) ?? [];
  const next = error.next && withStop(capitalized(remedyText(error.next)));
  return {
    title: title ?? "This page failed",
    cause: withStop(capitalized(printable(error.message))),
    next: [next, error.retryable && "The page tries again every 30 seconds."].filter(Boolean)
      .join(" "),
  };
}

/**
 * Answers with a page, or in lines if no page was asked for. A request without access has no frame: its
 * answer says nothing about the problem.
 */
async function answer(
  context: Context<PageEnv>,
  problem: Problem,
  status: 404 | 500 | 503,
  tone: "bad" | "idle",
): Promise<Response> {
  const frame: Frame | undefined = context.get("frame");
  if (frame === undefined) return context.text(`${UNAVAILABLE}\n`, status);
  if (/\btext\/html\b/.test(context.req.header("accept") ?? "")) {
    return await context.html(<ProblemPage frame={frame} problem={problem} tone={tone} />, status);
  }
  const { title, cause, next } = problem;
  return context.text([title, cause, next].filter(Boolean).join("\n") + "\n", status);
}

import type { Frame } from "../layout/page.tsx";
import { Page } from "../layout/page.tsx";
import { Command } from "../layout/command.tsx";
import { Icon } from "../layout/icon.tsx";

/** The reason that a page cannot be shown. */
export interface Problem {
  readonly title: string;
  /** What is wrong, in a sentence. */
  readonly cause: string;
  /** What to do, in a sentence; undefined when nothing helps. */
  readonly next?: string;
  /** A command that helps. */
  readonly command?: string;
}

/** The page that is shown instead of one that cannot be. */
export function ProblemPage({ frame, problem, tone = "bad" }: {
  readonly frame: Frame;
  readonly problem: Problem;
  readonly tone?: "bad" | "idle";
}) {
  const { title, cause, next, command } = problem;
  return (
    <Page frame={frame} title={title} tone={tone} refresh={tone === "bad" ? 30 : undefined}>
      <section class={`verdict ${tone}`}>
        <Icon tone={tone} size={40} silent />
        <div>
          <h1>{title}</h1>
          <p>{cause}</p>
          {next && <p>{next}</p>}
        </div>
        {command && (
          <div class="next">
            <Command text={command} />
          </div>
        )}
      </section>
    </Page>
  );
}

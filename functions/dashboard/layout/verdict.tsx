import type { Child } from "hono/jsx";
import type { Tone } from "../assets.ts";
import { Command } from "./command.tsx";
import { Icon } from "./icon.tsx";

/** The state in one line, the reason, and the next command. */
export function Verdict({ tone, title, detail, next, children }: {
  readonly tone: Tone;
  readonly title: string;
  /** The rest of the line, less important. */
  readonly detail?: string;
  readonly next?: { readonly label: string; readonly command: string };
  readonly children?: Child;
}) {
  return (
    <section class={`verdict ${tone}`} aria-labelledby="verdict">
      <Icon tone={tone} size={36} silent />
      <div class="what">
        <h1 id="verdict">
          {title}
          {detail && (
            <>
              {" "}
              <span class="soft">{detail}</span>
            </>
          )}
        </h1>
        {children}
      </div>
      {next && (
        <div class="next">
          <p>{next.label}</p>
          <Command text={next.command} />
        </div>
      )}
    </section>
  );
}

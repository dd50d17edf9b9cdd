import type { Child } from "hono/jsx";
import type { Tone } from "../assets.ts";
import { Icon } from "./icon.tsx";

/** Something that happened or holds, in a list `events`: when, what, and what follows from it. */
export function Event({ tone, when, children, then }: {
  readonly tone?: Tone;
  readonly when?: string;
  readonly children?: Child;
  readonly then?: Child;
}) {
  return (
    <li>
      {tone && <Icon tone={tone} />}
      <div>
        <p>
          {when && <span class="soft nowrap">{when}</span>} {children}
        </p>
        {then && <div class="soft">{then}</div>}
      </div>
    </li>
  );
}

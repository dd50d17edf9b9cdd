import type { Tone } from "../assets.ts";
import { Icon } from "./icon.tsx";

/** A figure in a list `tiles` that leads to its card. */
export function Tile({ tone, name, href, value, note }: {
  readonly tone: Tone;
  readonly name: string;
  readonly href: string;
  readonly value: string;
  readonly note: string;
}) {
  return (
    <li>
      <a href={href}>
        <span class="name">
          <Icon tone={tone} />
          {name}
        </span>
        <strong>{value}</strong>
        <span class="soft">{note}</span>
      </a>
    </li>
  );
}

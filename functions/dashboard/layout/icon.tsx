import type { Tone } from "../assets.ts";

/** Outline, sign and word of each tone, so that it does not depend on colour alone. */
const SHAPES: Readonly<Record<Tone, readonly [outline: string, sign: string, word: string]>> = {
  ok: ["M10 1a9 9 0 1 0 0 18a9 9 0 1 0 0-18z", "M5.8 10.4l2.8 2.8 5.6-6", "OK"],
  warn: [
    "M8.7 2.2a1.5 1.5 0 0 1 2.6 0l8 14.1a1.5 1.5 0 0 1-1.3 2.2H2a1.5 1.5 0 0 1-1.3-2.2z",
    "M10 7v5M10 15v.4",
    "Warning",
  ],
  bad: [
    "M6.3 1h7.4L19 6.3v7.4L13.7 19H6.3L1 13.7V6.3z",
    "M6.8 6.8l6.4 6.4M13.2 6.8l-6.4 6.4",
    "Error",
  ],
  idle: ["M10 2.5a7.5 7.5 0 1 0 0 15a7.5 7.5 0 1 0 0-15z", "M7 10h6", "Not yet"],
};

/** The icon of a tone. `silent` where the text next to it says the same. */
export function Icon({ tone, size = 16, silent = false }: {
  readonly tone: Tone;
  readonly size?: number;
  readonly silent?: boolean;
}) {
  const [outline, sign, word] = SHAPES[tone];
  const role = silent ? { "aria-hidden": "true" } : { role: "img", "aria-label": word };
  return (
    <svg class={`icon ${tone}`} width={size} height={size} viewBox="0 0 20 20" {...role}>
      <path class="shape" d={outline} />
      <path class="sign" d={sign} />
    </svg>
  );
}

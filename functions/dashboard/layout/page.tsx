import type { PropsWithChildren } from "hono/jsx";
import { raw } from "hono/html";
import type { Assets, Tone } from "../assets.ts";

/** The parts of the site, in the order of the navigation. */
const SECTIONS = [
  ["/", "Operations"],
  ["/business", "Business"],
  ["/catalogue", "Catalogue"],
] as const;

/** A part of the site. */
export type Section = typeof SECTIONS[number][1];

/** What the frame of a page needs to know. The application sets it for every request: {@linkcode PageEnv}. */
export interface Frame {
  readonly assets: Assets;
  /** The name of the pipeline. */
  readonly name: string;
  /** The parts of the site that exist. */
  readonly sections: readonly Section[];
  /** The time of the page. */
  readonly now: Date;
  /** Whether there is something to sign out of. */
  readonly canSignOut: boolean;
}

/** The context of a page's handler: `new Hono<PageEnv>()`, then `context.get("frame")`. */
export interface PageEnv {
  readonly Variables: { readonly frame: Frame };
}

/** A page in the frame that all pages share. */
export function Page(
  { frame, title, section, tone = "idle", refresh, children }: PropsWithChildren<{
    readonly frame: Frame;
    /** The title of the tab. */
    readonly title: string;
    readonly section?: Section;
    /** What the tab's icon shows. */
    readonly tone?: Tone;
    /** Seconds after which the browser asks for the page again. */
    readonly refresh?: number;
  }>,
) {
  const { assets, name, sections, now, canSignOut } = frame;
  return (
    <>
      {raw("<!doctype html>")}
      <html lang="en">
        <head>
          <meta charset="utf-8" />
          <title>{`${title} · ${name}`}</title>
          <meta name="viewport" content="width=device-width, initial-scale=1" />
          <meta name="color-scheme" content="light dark" />
          <link rel="icon" href={assets.icons[tone].path} type="image/svg+xml" />
          <link rel="stylesheet" href={assets.style.path} />
          <script src={assets.script.path} defer></script>
        </head>
        <body data-refresh={refresh}>
          <a class="skip" href="#main">Skip to content</a>
          <header class="top">
            <a class="brand" href="/">
              <svg width="18" height="18" viewBox="0 0 18 18" aria-hidden="true">
                <path class="bag" d="M2.5 6.5h13l-1 10h-11z" />
                <path class="handle" d="M6 8V5a3 3 0 0 1 6 0v3" />
              </svg>
              {name}
            </a>
            {sections.length > 0 && (
              <nav aria-label="Pages">
                {SECTIONS.filter(([, section]) => sections.includes(section)).map((
                  [href, label],
                ) => (
                  <a href={href} aria-current={section === label ? "page" : undefined}>{label}</a>
                ))}
              </nav>
            )}
            <p class="asof">
              <time datetime={now.toISOString()}>{longTime(now)} UTC</time>
            </p>
            {canSignOut && (
              <form method="post" action="/logout">
                <button type="submit">Sign out</button>
              </form>
            )}
          </header>
          <main id="main" data-title={`${title} · ${name}`} data-icon={assets.icons[tone].path}>
            {children}
          </main>
        </body>
      </html>
    </>
  );
}

const LONG: Intl.DateTimeFormatOptions = {
  timeZone: "UTC",
  weekday: "short",
  day: "numeric",
  month: "short",
  year: "numeric",
  hour: "2-digit",
  minute: "2-digit",
  hourCycle: "h23",
};

function longTime(at: Date): string {
  return new Intl.DateTimeFormat("en-GB", LONG).format(at);
}

import type { Child, PropsWithChildren } from "hono/jsx";

/** The columns of twelve that a card takes. */
export type Span = 4 | 5 | 7 | 8 | 12;

/**
 * A card. Its title is the finding; the subtitle says what is shown, its unit and period. Its sources are
 * at the foot: the numbers as a table, and links, which get the title too so that screen readers can tell
 * them apart.
 */
export function Card(
  { id, title, sub, span, attention, choices, links = [], data, children }: PropsWithChildren<{
    readonly id: string;
    readonly title: Child;
    readonly sub?: Child;
    readonly span: Span;
    /** Whether it comes first where there is one column: someone must act. */
    readonly attention?: boolean;
    /** What can be chosen, at the right of the title: a {@linkcode Switch}. */
    readonly choices?: Child;
    readonly links?: readonly (readonly [label: string, href: string])[];
    readonly data?: Child;
  }>,
) {
  return (
    <section
      class={`card s${span}${attention ? " attention" : ""}`}
      aria-labelledby={`${id}-title`}
      id={id}
    >
      <div class="title">
        <h2 id={`${id}-title`}>{title}</h2>
        {choices}
      </div>
      {sub && <p class="sub">{sub}</p>}
      <div class="body">{children}</div>
      {(links.length > 0 || data) && (
        <div class="foot">
          {data && (
            <details>
              <summary id={`${id}-table`}>
                Table<span class="vh">: {title}</span>
              </summary>
              <div class="scroll" tabindex={0} role="region" aria-labelledby={`${id}-table`}>
                {data}
              </div>
            </details>
          )}
          {links.map(([label, href]) => (
            <a href={href}>
              {label}
              <span class="vh">: {title}</span>
            </a>
          ))}
        </div>
      )}
    </section>
  );
}

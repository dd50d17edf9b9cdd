/** Links that choose one of a few views. */
export function Switch({ label, choices, current }: {
  /** What is chosen. */
  readonly label: string;
  readonly choices: readonly (readonly [label: string, href: string])[];
  /** The label of the current one. */
  readonly current: string;
}) {
  return (
    <nav class="switch" aria-label={label}>
      {choices.map(([choice, href]) => (
        <a href={href} aria-current={choice === current ? "true" : undefined}>{choice}</a>
      ))}
    </nav>
  );
}

import type { ExampleQuery } from "../../../../sdk/derive/example_queries.ts";
import { Card } from "../../layout/card.tsx";

/** Queries to paste, and to begin with. */
export function QueriesCard({ queries }: { readonly queries: readonly ExampleQuery[] }) {
  if (queries.length === 0) return null;
  return (
    <Card id="queries" span={12} title="Example queries">
      <div class="queries">
        {queries.map(({ title, sql }) => (
          <figure>
            <figcaption>{title}</figcaption>
            <pre tabindex={0} aria-label={title}><code>{sql}</code></pre>
            <button type="button" data-copy={sql} hidden>
              Copy<span class="vh">the query: {title}</span>
            </button>
          </figure>
        ))}
      </div>
    </Card>
  );
}

import { totesys } from "../../schemas/model.ts";
import { cliPage } from "./cli_page.ts";
import { schemaPage } from "./schema_page.ts";
import { settingsPage } from "./settings_page.ts";

/** A page that is generated from the code. */
export interface Page {
  /** The file, from the repository's root. */
  readonly path: string;
  /** Returns the page's Markdown. */
  readonly render: () => string;
}

/** The pages that `deno task docs` writes and a test compares. */
export const pages: readonly Page[] = [
  {
    path: "docs/schema.md",
    render: () => schemaPage({ name: "totesys", model: totesys }),
  },
  { path: "docs/settings.md", render: settingsPage },
  { path: "docs/cli.md", render: cliPage },
];

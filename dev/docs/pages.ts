import { totesys } from "../../schemas/model.ts";
import { cataloguePage } from "../../functions/cli/catalogue/catalogue_page.ts";
import { catalogueOf } from "../../sdk/derive/catalogue.ts";
import { biToolsPage } from "./bi_tools_page.ts";
import { cliPage } from "./cli_page.ts";
import { settingsPage } from "./settings_page.ts";

/** A page that is generated from the code. */
export interface Page {
  /** The file, from the repository's root. */
  readonly path: string;
  /** Returns the page's Markdown. */
  readonly render: () => string;
}

const CATALOGUE_NOTE =
  `<!-- Generated from schemas/ by \`deno task docs\`. Edit the specs, then run it again. -->

\`deno task etl catalogue\` prints this page; \`--json\` and \`--openlineage\` print it for programs.
[Architecture](architecture.md) shows how rows get from a source to the warehouse.`;

/** The pages that `deno task docs` writes and a test compares. */
export const pages: readonly Page[] = [
  {
    path: "docs/catalogue.md",
    render: () => cataloguePage(catalogueOf(totesys), CATALOGUE_NOTE),
  },
  { path: "docs/settings.md", render: settingsPage },
  { path: "docs/cli.md", render: cliPage },
  { path: "docs/bi-tools.md", render: () => biToolsPage(totesys) },
];

/**
 * Every check that a change must pass, in the order they run.
 *
 * @module
 */
import type { ToolName } from "./tools.ts";

/** One check: a command that must exit with 0. */
export interface Gate {
  /** The check in a few words. */
  readonly what: string;
  /** The program and its arguments, run in the root of the repository. */
  readonly command: readonly string[];
  /** `--quick` leaves it out: it takes long, or it needs a program that few machines have. */
  readonly slow?: true;
  /** The program it needs. Without it the gate is skipped, and the summary says so. */
  readonly needs?: ToolName;
  /** Programs that parts of it need. Without one of them the gate runs and covers less. */
  readonly wants?: readonly ToolName[];
  /** Output of a failure which means that the gate could not run on this machine. */
  readonly unavailable?: {
    readonly output: RegExp;
    readonly reason: string;
    readonly next: string;
  };
  /** Prints its output while it runs. Other gates print only what fails. */
  readonly live?: true;
}

const DENO = Deno.execPath();
const ENTRY_POINTS = ["sdk/mod.ts", "schemas/mod.ts"];

/** Where the tests leave their coverage data. */
export const COVERAGE = "coverage";

/** The gates by name, as `--only` takes it. */
export const GATES: Readonly<Record<string, Gate>> = {
  format: {
    what: "code and documents are formatted",
    command: [DENO, "fmt", "--check"],
  },
  lint: {
    what: "the linter finds nothing",
    command: [DENO, "lint"],
  },
  types: {
    what: "every module type-checks",
    command: withStd("check"),
  },
  docs: {
    what: "every exported symbol is documented",
    command: [DENO, "doc", "--lint", ...ENTRY_POINTS],
  },
  publish: {
    what: "the package can be published to JSR",
    command: [DENO, "publish", "--dry-run", "--allow-dirty"],
  },
  structure: {
    what: "imports point one way, files stay short",
    command: withStd("test", "--quiet", "--allow-read", "tests/structure_test.ts"),
  },
  documents: {
    what: "links lead somewhere, generated pages are current, prose is plain",
    command: withStd(
      ...["test", "--quiet", "--allow-read", "tests/docs_test.ts", "tests/dev/docs_test.ts"],
      "tests/voice_test.ts",
    ),
  },
  tests: {
    what: "every test passes",
    command: [
      ...[DENO, "task", "test", "--all"],
      ...[`--coverage=${COVERAGE}`, "--coverage-raw-data-only"],
    ],
    slow: true,
    live: true,
    wants: ["chromium", "jupyter-execute", "moto_server", "terraform"],
  },
  coverage: {
    what: "the tests cover what ships",
    command: [
      ...[DENO, "run", "--allow-run", "--allow-read", `--allow-write=${COVERAGE}`],
      ...["dev/check/coverage.ts", COVERAGE],
    ],
    slow: true,
    live: true,
  },
  audit: {
    what: "no dependency has a known vulnerability",
    command: [DENO, "audit", "--level=moderate"],
    slow: true,
    unavailable: {
      output: /error sending request|dns error|connection (refused|reset)/i,
      reason: "the advisory service at registry.npmjs.org cannot be reached",
      next: "run deno audit on a machine that reaches it",
    },
  },
  secrets: {
    what: "no commit holds a secret (gitleaks)",
    command: [
      "gitleaks",
      "git",
      "--no-banner",
      "--redact",
      "--verbose",
      "--config",
      ".github/gitleaks.toml",
    ],
    slow: true,
    needs: "gitleaks",
  },
  workflows: {
    what: "the GitHub workflows are valid (actionlint)",
    command: ["actionlint"],
    slow: true,
    needs: "actionlint",
  },
  "workflow-security": {
    what: "the GitHub workflows are safe (zizmor)",
    command: ["zizmor", "--offline", "--no-progress", "--quiet", ".github"],
    slow: true,
    needs: "zizmor",
  },
  infrastructure: {
    what: "terraform/ has no new weakness (checkov)",
    command: [
      ...["checkov", "--directory", "terraform", "--framework", "terraform"],
      ...["--baseline", ".github/checkov_baseline.json"],
      ...["--skip-download", "--compact", "--quiet"],
    ],
    slow: true,
    needs: "checkov",
  },
};

/** Returns a subcommand of Deno for modules that import `@std/…`. */
function withStd(...args: string[]): string[] {
  const launcher = ["--allow-read", "--allow-env", "--allow-run", "dev/with_std.ts"];
  return [DENO, "run", ...launcher, ...args];
}

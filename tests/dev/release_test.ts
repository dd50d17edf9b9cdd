import { assert, assertEquals } from "@std/assert";
import { releaseNotes, releaseProblems } from "../../dev/release.ts";

const CHANGELOG = `# Changelog

## [Unreleased]

## [0.2.0] - 2026-12-01

### Added

- A thing.

## [0.1.0] - 2026-11-01

- The first one.
`;

Deno.test("a release passes when version, changelog and tag agree", () => {
  assertEquals(releaseProblems({ version: "0.2.0", changelog: CHANGELOG, tag: "v0.2.0" }), []);
  assertEquals(releaseProblems({ version: "0.2.0", changelog: CHANGELOG }), []);
});

Deno.test("the release notes are the section of the version", () => {
  assertEquals(releaseNotes(CHANGELOG, "0.2.0"), "### Added\n\n- A thing.");
  assertEquals(releaseNotes(CHANGELOG, "0.1.0"), "- The first one.");
  assertEquals(releaseNotes(CHANGELOG, "0.3.0"), undefined);
});

Deno.test("a release is refused for every disagreement", () => {
  const cases: readonly [Partial<Parameters<typeof releaseProblems>[0]>, string][] = [
    [{ tag: "v0.3.0" }, "the tag is v0.3.0 and the version in deno.json is 0.2.0"],
    [{ tag: "0.2.0" }, "the tag is 0.2.0 and the version in deno.json is 0.2.0"],
    [{ version: "0.1.0" }, "CHANGELOG.md: [0.2.0] comes before [0.1.0]"],
    [{ version: "0.3.0" }, "CHANGELOG.md: there is no section [0.3.0]"],
    [
      { version: "1", changelog: CHANGELOG.replace("0.2.0", "1") },
      'deno.json: "1" is not a semantic version',
    ],
    [
      { changelog: CHANGELOG.replace("2026-12-01", "2026-02-30") },
      'CHANGELOG.md: write the date of [0.2.0] as "## [0.2.0] - YYYY-MM-DD"',
    ],
    [
      { changelog: CHANGELOG.replace(" - 2026-12-01", "") },
      'CHANGELOG.md: write the date of [0.2.0] as "## [0.2.0] - YYYY-MM-DD"',
    ],
    [
      { changelog: CHANGELOG.replace("### Added\n\n- A thing.\n", "") },
      "CHANGELOG.md: the section [0.2.0] is empty",
    ],
    [
      { changelog: CHANGELOG.replace("## [Unreleased]\n", "## [Unreleased]\n\n- Forgotten.\n") },
      "CHANGELOG.md: move the entries of [Unreleased] into [0.2.0]",
    ],
    [
      { changelog: CHANGELOG.replace("## [Unreleased]\n", "") },
      "CHANGELOG.md: the first section must be [Unreleased]",
    ],
  ];
  for (const [change, problem] of cases) {
    const problems = releaseProblems({ version: "0.2.0", changelog: CHANGELOG, ...change });
    assert(problems.includes(problem), `${problem}, in ${JSON.stringify(problems)}`);
  }
});

Deno.test("deno task release prints the notes, or the problems and exit code 1", async () => {
  const changelog = await Deno.readTextFile("CHANGELOG.md");
  const { version } = JSON.parse(await Deno.readTextFile("deno.json"));
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--allow-read", "dev/release.ts"],
  }).output();
  const problems = releaseProblems({ version, changelog });
  assertEquals(code, problems.length === 0 ? 0 : 1);
  const output = new TextDecoder().decode(problems.length === 0 ? stdout : stderr);
  const expected = problems.length === 0 ? [releaseNotes(changelog, version)!] : problems;
  for (const text of expected) assert(output.includes(text), output);
});

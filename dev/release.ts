/**
 * Checks that a release is consistent, and prints its notes.
 *
 *     deno task release          what would be released now
 *     deno task release v0.2.0   the same, for this tag
 *
 * The release workflow calls it before it publishes, and takes the notes from its output.
 *
 * @module
 */

/** The places that name a release. */
export interface Release {
  /** The version in deno.json. */
  readonly version: string;
  /** The text of CHANGELOG.md. */
  readonly changelog: string;
  /** The git tag. `v` and the version by default. */
  readonly tag?: string;
}

/** A section of the changelog: `## [1.2.3] - 2026-01-31`, or `## [Unreleased]`. */
interface Section {
  readonly title: string;
  readonly date: string | undefined;
  readonly body: string;
}

/** Semantic Versioning, without build metadata. */
const VERSION = /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z.-]+)?$/;
const HEADING = /^## \[(.+?)\](?: - (\S+))?\s*$/;
const UNRELEASED = "Unreleased";

/** Returns why a release must not be published: nothing when version, changelog and tag agree. */
export function releaseProblems({ version, changelog, tag = `v${version}` }: Release): string[] {
  const problems: string[] = [];
  if (!VERSION.test(version)) problems.push(`deno.json: "${version}" is not a semantic version`);
  if (tag !== `v${version}`) {
    problems.push(`the tag is ${tag} and the version in deno.json is ${version}`);
  }
  const [unreleased, ...released] = sections(changelog);
  if (unreleased?.title !== UNRELEASED) {
    problems.push(`CHANGELOG.md: the first section must be [${UNRELEASED}]`);
  } else if (unreleased.body !== "") {
    problems.push(`CHANGELOG.md: move the entries of [${UNRELEASED}] into [${version}]`);
  }
  const section = released.find(({ title }) => title === version);
  if (!section) return [...problems, `CHANGELOG.md: there is no section [${version}]`];
  if (section !== released[0]) {
    problems.push(`CHANGELOG.md: [${released[0].title}] comes before [${version}]`);
  }
  if (!isDate(section.date)) {
    problems.push(`CHANGELOG.md: write the date of [${version}] as "## [${version}] - YYYY-MM-DD"`);
  }
  if (section.body === "") problems.push(`CHANGELOG.md: the section [${version}] is empty`);
  return problems;
}

/** Returns what the changelog says of a version, without the heading: undefined without a section. */
export function releaseNotes(changelog: string, version: string): string | undefined {
  return sections(changelog).find(({ title }) => title === version)?.body;
}

function sections(changelog: string): Section[] {
  return changelog.split(/^(?=## )/m).flatMap((part) => {
    const [heading, ...lines] = part.split("\n");
    const match = HEADING.exec(heading);
    return match ? [{ title: match[1], date: match[2], body: lines.join("\n").trim() }] : [];
  });
}

function isDate(text: string | undefined): boolean {
  if (text === undefined || !/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const date = new Date(`${text}T00:00:00Z`);
  return !isNaN(date.getTime()) && date.toISOString().startsWith(text);
}

async function main([tag, ...rest]: readonly string[]): Promise<number> {
  if (rest.length > 0 || tag?.startsWith("-")) {
    console.error("usage: deno task release [TAG]");
    return 2;
  }
  const read = (name: string) => Deno.readTextFile(new URL(`../${name}`, import.meta.url));
  const { version } = JSON.parse(await read("deno.json")) as { version: string };
  const changelog = await read("CHANGELOG.md");
  const problems = releaseProblems({ version, changelog, tag });
  if (problems.length > 0) {
    for (const problem of problems) console.error(problem);
    console.error("next: follow docs/releasing.md");
    return 1;
  }
  console.log(releaseNotes(changelog, version));
  return 0;
}

if (import.meta.main) Deno.exit(await main(Deno.args));

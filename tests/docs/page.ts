/**
 * Reads what a page tells its readers to run: commands, SQL and code.
 *
 * @module
 */

/** A command line, as a reader pastes it. */
export interface Command {
  /** The line of the page that it begins on. */
  readonly line: number;
  /** All lines of it, without the prompt. */
  readonly text: string;
  /** The output that the page shows below it. */
  readonly output: readonly string[];
  /** The exit code that the page promises. */
  readonly code: number;
  /** Whether it stands within a sentence. */
  readonly isInline: boolean;
}

/** A block of SQL or TypeScript. */
export interface Snippet {
  readonly line: number;
  readonly text: string;
}

/** Everything in a page that can be executed. */
export interface Page {
  readonly path: string;
  /** The commands of the blocks. */
  readonly commands: readonly Command[];
  /** The commands within sentences. */
  readonly inline: readonly Command[];
  readonly sql: readonly Snippet[];
  /** TypeScript modules. A block without imports continues the one before. */
  readonly code: readonly Snippet[];
  /** Blocks that would escape a test, as `path:line: problem`. */
  readonly problems: readonly string[];
}

interface Block extends Snippet {
  /** Whether nothing but blank lines stands between the block before and this one. */
  readonly follows: boolean;
  readonly language: string;
  /** The file that the block is, if the fence names one. */
  readonly file: string;
  /** The exit code of its last command. */
  readonly code: number;
}

const PROGRAMS =
  "deno|npx|etl|aws|terraform|psql|git|gh|docker|podman|curl|pip|jupyter|systemctl|sudo|eval|export";
const COMMAND = new RegExp(`^(?:${PROGRAMS}) [^…]+$`);
const STRAY_COMMAND = new RegExp(`^(?:${PROGRAMS}) `, "m");
/** Languages of blocks that hold data, configuration or a picture. */
const OTHER_LANGUAGES = [
  "",
  "text",
  "json",
  "diff",
  "md",
  "mermaid",
  "ini",
  "yaml",
  "hcl",
  "dockerfile",
  "toml",
];
const EXIT_CODE = /^\s*<!-- exit code (\d+) -->$/;

/** Reads a page of Markdown. */
export function readPage(path: string, text: string): Page {
  const { blocks, prose } = split(text);
  return {
    path,
    commands: blocks.flatMap((block, place) =>
      isSession(block) ? commandsOf(block, outputAfter(blocks[place + 1])) : []
    ),
    inline: inlineCommands(prose),
    sql: [...blocks.filter(({ language }) => language === "sql"), ...inlineStatements(prose)],
    code: modules(blocks.filter(({ language, file }) => language === "ts" && file === "")),
    problems: blocks.filter((block) => !isSession(block)).flatMap((block) =>
      problemsOf(block).map((problem) => `${path}:${block.line}: ${problem}`)
    ),
  };
}

function isSession({ language, text }: Block): boolean {
  return language === "console" || language === "" && /^\$ /m.test(text);
}

function problemsOf({ language, text }: Block): string[] {
  if (language === "sql" || language === "ts") return [];
  if (!OTHER_LANGUAGES.includes(language)) {
    return [`no rule for a block of ${language}; commands go into a block of console, after "$ "`];
  }
  return language === "" && STRAY_COMMAND.test(text) ? ['put "$ " before the command'] : [];
}

/** Splits a page into its fenced blocks and the rest, in which blocks are blank lines. */
function split(page: string): { blocks: Block[]; prose: string } {
  const blocks: Block[] = [];
  const prose: string[] = [];
  let open: { block: Block; fence: string; lines: string[] } | undefined;
  let code = 0;
  let follows = false;
  for (const [index, line] of page.split("\n").entries()) {
    const fence = /^( *`{3,})(\w*) ?(\S*)/.exec(line);
    if (open && line === open.fence) {
      blocks.push({ ...open.block, text: open.lines.join("\n") });
      open = undefined;
      follows = true;
    } else if (open) {
      const indent = open.fence.length - open.fence.trimStart().length;
      open.lines.push(line.slice(0, indent).trim() === "" ? line.slice(indent) : line);
    } else if (fence) {
      const [, opening, language, file] = fence;
      open = {
        block: { line: index + 2, language, file, code, follows, text: "" },
        fence: opening,
        lines: [],
      };
    } else if (line !== "") {
      follows = false;
      code = Number(EXIT_CODE.exec(line)?.[1] ?? 0);
    }
    prose.push(open || fence ? "" : line);
  }
  return { blocks, prose: prose.join("\n") };
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Returns the lines of a block that is the output of the block before: text, right after it. */
function outputAfter(block: Block | undefined): string[] {
  return block?.language === "text" && block.follows ? block.text.split("\n") : [];
}

function commandsOf({ line: first, text, code }: Block, more: readonly string[]): Command[] {
  const commands: (Mutable<Command> & { output: string[] })[] = [];
  for (const [index, line] of text.split("\n").entries()) {
    const last = commands.at(-1);
    if (last && !isComplete(last.text)) last.text += `\n${line}`;
    else if (line.startsWith("$ ")) {
      commands.push({
        line: first + index,
        text: line.slice(2),
        output: [],
        code: 0,
        isInline: false,
      });
    } else if (last) last.output.push(line);
  }
  const last = commands.at(-1);
  if (last) {
    last.code = code;
    last.output.push(...more);
  }
  return commands;
}

/** Whether a shell would run the text, instead of asking for another line. */
export function isComplete(text: string): boolean {
  const heredoc = /<<-?\s*['"]?(\w+)['"]?/.exec(text)?.[1];
  if (heredoc !== undefined) return text.endsWith(`\n${heredoc}`);
  const rest = text.replace(/\\[\s\S]|'[^']*'|"(?:[^"\\]|\\[\s\S])*"|(?<=\s)#.*/g, "");
  return !/['"]/.test(rest) && !text.endsWith("\\");
}

/** A line of docs/guarantees.md that names a test, such as "etl replay resumes". */
const TEST_NAME = /^- `.+`(?: \(property\))?$/gm;

function inlineCommands(prose: string): Command[] {
  return inlineCode(prose.replace(TEST_NAME, "")).filter(({ text }) => COMMAND.test(text))
    .map((code) => ({ ...code, output: [], code: 0, isInline: true }));
}

const STATEMENT = /^(?:ALTER|ANALYZE|CREATE|DELETE|DROP|GRANT|INSERT|REVOKE|SELECT|UPDATE) [^…]+;$/;

function inlineStatements(prose: string): Snippet[] {
  return inlineCode(prose).filter(({ text }) => STATEMENT.test(text));
}

function inlineCode(prose: string): Snippet[] {
  return [...prose.matchAll(/(?<!`)(`+)(?!`)([^`]+)\1(?!`)/g)].map(({ 2: code, index }) => ({
    line: prose.slice(0, index).split("\n").length,
    text: code.replace(/\s+/g, " ").trim(),
  }));
}

function modules(blocks: readonly Block[]): Snippet[] {
  const modules: Mutable<Snippet>[] = [];
  for (const { line, text } of blocks) {
    const last = modules.at(-1);
    // Blank lines in between, so that an error names the line of the page.
    if (last && !/^import /m.test(text)) {
      const end = last.line + last.text.split("\n").length - 1;
      last.text += "\n".repeat(line - end) + text;
    } else modules.push({ line, text });
  }
  return modules;
}

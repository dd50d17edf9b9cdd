/**
 * Arguments in; a call, or a text to print, out. Parsing and suggestions are Commander's.
 *
 * @module
 */
import { Argument, Command, type CommanderError } from "commander";
import { ConfigurationError } from "../../sdk/errors.ts";
import type { CommandSpec } from "./command_spec.ts";
import { commandEntries, type CommandName, type PipelineCommand } from "./command_table.ts";
import { completionScript } from "./completions.ts";
import { COMMAND_SETTINGS, declareOption, GLOBAL_OPTIONS, settingFlags } from "./flags.ts";
import { commandHelp, groupHelp, type Look, PROGRAM, programHelp, settingsHelp } from "./help.ts";
import { usageMessage } from "./usage_message.ts";
import { VERSION } from "./version.ts";

/** The options of a call, by flag without dashes: `full` is true, `into` is a URL. */
export type Options = Readonly<Record<string, string | boolean | undefined>>;

/** A parsed command line. */
export type CommandLine =
  /** To print a text: help, the version or a script. */
  | { readonly kind: "print"; readonly text: string }
  /** Nothing that can be run: the help lists what can. */
  | { readonly kind: "incomplete"; readonly help: string }
  /** To run a command. */
  | {
    readonly kind: "run";
    readonly name: PipelineCommand;
    readonly args: readonly string[];
    readonly options: Options;
  };

/**
 * Parses the arguments of a call.
 *
 * @throws {ConfigurationError} when a command, an option or an argument is unknown or missing. Its
 * message repeats no value that could hold a password.
 */
export function parseCommandLine(args: readonly string[], look: Look): CommandLine {
  const parser = new Parser(look);
  try {
    return parser.parse(args);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const { reason, command, switches } = error;
    if (reason.exitCode === 0) return { kind: "print", text: parser.printed };
    if (reason.code === "commander.help") return { kind: "incomplete", help: parser.printed };
    throw badUsage(usageMessage(reason.message, switches), command);
  }
}

function badUsage(message: string, command: string): ConfigurationError {
  const next = `${PROGRAM} help ${command}`.trimEnd();
  return new ConfigurationError(message, { stage: "configuration", next });
}

/** Why Commander stopped, and at which command. `switches` are its options without a value. */
class Refusal extends Error {
  constructor(
    readonly reason: CommanderError,
    readonly command: string,
    readonly switches: readonly string[],
  ) {
    super(reason.message);
  }
}

/** Options that Commander declares. */
const BUILT_IN: ReadonlySet<string> = new Set(["-h, --help", "--version"]);

class Parser {
  /** What Commander printed. */
  printed = "";
  readonly #program = new Command(PROGRAM);
  readonly #look: Look;
  #call: { name: CommandName; command: Command } | undefined;

  constructor(look: Look) {
    this.#look = look;
    this.#configure();
    for (const [flags, what] of Object.entries(GLOBAL_OPTIONS)) {
      if (!BUILT_IN.has(flags)) this.#program.addOption(declareOption(flags, what));
    }
    // Every command accepts the flag of any setting: a script passes the same ones to all.
    for (const setting of COMMAND_SETTINGS) {
      this.#program.addOption(declareOption(...settingFlags(setting)).hideHelp());
    }
    for (const [name, spec] of commandEntries()) this.#add(name, spec);
  }

  parse(args: readonly string[]): CommandLine {
    this.#program.parse(args, { from: "user" });
    const { name, command } = this.#call!;
    if (name === "help") return { kind: "print", text: this.#help(command.args) };
    const options = this.#optionsOf(command, name);
    if (name === "completions") {
      return { kind: "print", text: completionScript(command.args[0]) };
    }
    return { kind: "run", name, args: command.args, options };
  }

  #configure(): void {
    const print = (text: string) => void (this.printed += text);
    this.#program.helpCommand(false).version(VERSION, "--version").helpOption("-h, --help")
      .configureOutput({
        writeOut: print,
        writeErr: print,
        outputError: () => {},
        // The layout knows whether there are colors.
        getOutHasColors: () => true,
        getErrHasColors: () => true,
      });
    this.#describe(this.#program, "", () => programHelp(this.#look));
  }

  #add(name: CommandName, spec: CommandSpec): void {
    const words = name.split(" ");
    const last = words.pop()!;
    const command = this.#parentOf(words[0]).command(last);
    this.#describe(command, name, () => commandHelp(name, spec, this.#look));
    for (const [argument, { what, choices, optional }] of Object.entries(spec.arguments ?? {})) {
      const declared = new Argument(optional ? `[${argument}]` : `<${argument}>`, what);
      command.addArgument(choices ? declared.choices(choices) : declared);
    }
    for (const [flags, what] of Object.entries(spec.options ?? {})) {
      command.addOption(declareOption(flags, what));
    }
    for (const setting of spec.settings) {
      command.addOption(declareOption(...settingFlags(setting)));
    }
    command.action(() => void (this.#call = { name, command }));
  }

  #parentOf(group: string | undefined): Command {
    if (group === undefined) return this.#program;
    const known = this.#program.commands.find((command) => command.name() === group);
    if (known) return known;
    const parent = this.#program.command(group).helpCommand(false);
    this.#describe(parent, group, () => groupHelp(group, this.#look));
    return parent;
  }

  #describe(command: Command, name: string, help: () => string): void {
    command.configureHelp({ formatHelp: help }).exitOverride((reason) => {
      const options = [...command.options, ...this.#program.options];
      throw new Refusal(reason, name, options.filter((o) => o.isBoolean()).map((o) => o.long!));
    });
  }

  #help(words: readonly string[]): string {
    if (words.length === 1 && words[0] === "settings") return settingsHelp(this.#look);
    const isKnown = commandEntries().some(([name]) => `${name} `.startsWith(`${words.join(" ")} `));
    // A command that is unknown is refused as it is elsewhere, with a suggestion.
    if (words.length > 0 && !isKnown) this.#program.parse(words, { from: "user" });
    this.#program.parse([...words, "--help"], { from: "user" });
    return this.printed;
  }

  /** Returns the options by their flags. Commander names them in camel case. */
  #optionsOf(command: Command, name: string): Options {
    const options: Record<string, string | boolean> = {};
    const values = command.optsWithGlobals();
    for (const option of [...this.#program.options, ...command.options]) {
      const value = values[option.attributeName()];
      if (value === "") throw badUsage(`${option.long} needs a value`, name);
      options[option.long!.slice(2)] = value;
    }
    return options;
  }
}

import type { CommandSpec } from "../command_spec.ts";

/** Shells that a completion script can be written for. */
export const SHELLS = ["bash", "zsh", "fish"] as const;

/** The commands about the command line itself. */
export const PROGRAM_COMMANDS = {
  help: {
    group: "Command line",
    summary: "Show help for a command, or for the settings",
    description: [
      "Shows the commands, the help of one command, or every setting (help settings).",
    ],
    arguments: { "command...": { what: "A command, or settings", optional: true } },
    examples: [
      ["help replay", "Show what replay does and its options."],
      ["help settings", "Show every setting with an example."],
    ],
    settings: [],
  },
  completions: {
    group: "Command line",
    summary: "Print a completion script for your shell",
    description: [
      "Prints a script for your shell. It defines the command etl, short for deno task etl, and " +
      "completes its commands and options.",
      "Use it once, and load the script when your shell starts.",
    ],
    arguments: { shell: { what: "Your shell", choices: SHELLS } },
    examples: [
      ["completions bash > etl.bash", "Write the script. Then source it in ~/.bashrc."],
      ["completions fish > etl.fish", "Write the script. Then move it to ~/.config/fish/conf.d."],
    ],
    settings: [],
  },
} as const satisfies Readonly<Record<string, CommandSpec>>;

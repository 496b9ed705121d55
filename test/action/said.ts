/** A line for the page of the run. */
export interface Annotation {
  readonly level: string;
  readonly message: string;
  readonly file?: string;
  readonly line?: string;
  readonly col?: string;
}

/** What a step said on its standard output. */
export interface Said {
  /** What people read: all lines but those that mask. */
  readonly log: string;
  /** What is taken out of the log. */
  readonly masks: readonly string[];
  /** Whether every mask came before any other line. */
  readonly masksFirst: boolean;
  readonly annotations: readonly Annotation[];
  /** The names of the groups, each of which was closed before the next one began. */
  readonly groups: readonly string[];
}

const COMMAND = /^\s*::([a-z-]+)(?: ([^:]*))?::(.*)$/;

/**
 * Reads lines as a runner does.
 * @throws Error for a command that is none of those which the action is to give
 * @see https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
 */
export function whatWasSaid(stdout: string): Said {
  const lines = stdout.split("\n");
  const isMask = (line: string): boolean => line.startsWith("::add-mask::");
  const log = lines.filter((line) => !isMask(line));
  const commands = lines.flatMap((line) => {
    const [, name, properties = "", data = ""] = COMMAND.exec(line) ?? [];
    return name === undefined ? [] : [{ name, properties, data: unescaped(data) }];
  });
  const known = ["add-mask", "group", "endgroup", "error", "warning"];
  const odd = commands.find(({ name }) => !known.includes(name));
  if (odd !== undefined) throw new Error(`The action gave the command ${odd.name}.`);
  return {
    log: log.join("\n"),
    masks: commands.filter(({ name }) => name === "add-mask").map(({ data }) => data),
    masksFirst: lines.findLastIndex(isMask) < lines.findIndex((line) => !isMask(line)),
    annotations: commands.filter(({ name }) => name === "error" || name === "warning")
      .map(({ name, properties, data }) => ({
        level: name,
        message: data,
        ...propertiesIn(properties),
      })),
    groups: groupsIn(commands),
  };
}

function groupsIn(commands: readonly { readonly name: string; readonly data: string }[]): string[] {
  const marks = commands.filter(({ name }) => name.endsWith("group"));
  const isOdd = marks.some(({ name }, at) => name !== (at % 2 === 0 ? "group" : "endgroup"));
  if (isOdd || marks.length % 2 !== 0) throw new Error("The groups are not closed in turn.");
  return marks.filter(({ name }) => name === "group").map(({ data }) => data);
}

function propertiesIn(text: string): Record<string, string> {
  return Object.fromEntries(
    text.split(",").filter((part) => part !== "").map((part) => {
      const [name = "", ...value] = part.split("=");
      return [name, unescaped(value.join("=")).replaceAll("%3A", ":").replaceAll("%2C", ",")];
    }),
  );
}

function unescaped(text: string): string {
  return text.replaceAll("%0D", "\r").replaceAll("%0A", "\n").replaceAll("%25", "%");
}

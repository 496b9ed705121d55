import pc from "picocolors";
import type { Made } from "../make/make.ts";
import type { MakeEvent } from "../make/workshop.ts";
import { isManifest } from "../oci/media-types.ts";

/** Where lines go. */
export interface Screen {
  readonly write: (line: string) => void;
  readonly colors: ReturnType<typeof pc.createColors>;
}

/**
 * A screen on a stream. Colours only on a terminal, unless FORCE_COLOR asks for them; NO_COLOR wins.
 * @see https://no-color.org
 */
export function screen(
  stream: { readonly isTTY?: boolean; write(text: string): unknown },
  environment: Readonly<Record<string, string | undefined>>,
): Screen {
  const { NO_COLOR = "", FORCE_COLOR = "", TERM } = environment;
  const wanted = FORCE_COLOR !== "" && FORCE_COLOR !== "0";
  const colored = NO_COLOR === "" && (wanted || (stream.isTTY === true && TERM !== "dumb"));
  return { write: (line) => stream.write(`${line}\n`), colors: pc.createColors(colored) };
}

/** Draws what happens, a line each, as it happens. */
export function reporter({ write, colors }: Screen): (event: MakeEvent) => void {
  return (event) => {
    switch (event.type) {
      case "program":
        return write(
          `${event.arch.padEnd(9)}${String(event.size).padStart(5)} bytes  ${event.digest}  ${
            event.outcome === "fresh" ? colors.dim("unchanged") : colors.green("compiled")
          }`,
        );
      case "saved":
        return write(
          event.outcome === "fresh"
            ? `${event.reference}  ${event.digest}  ${colors.dim("is up to date")}`
            : `${event.reference}  ${event.digest}  ${colors.green("written")}`,
        );
      case "copy":
        if (isManifest(event.descriptor.mediaType)) write(copied(event, colors));
        return;
      case "removed":
        return write(`removed ${event.path}`);
    }
  };
}

function copied(
  { where, descriptor, outcome, tags }: Extract<MakeEvent, { type: "copy" }>,
  colors: Screen["colors"],
): string {
  const { digest } = descriptor;
  const names = tags.length === 0
    ? [`${where}@${digest}`]
    : tags.map((tag) => `${where}:${tag}  ${digest}`);
  const verb = outcome === "present" ? colors.dim("is up to date") : colors.green("pushed");
  return names.map((name) => `${name}  ${verb}`).join("\n");
}

/** The last line: how much there is now. */
export function summary({ programs, saved, pushed }: Made, { write, colors }: Screen): void {
  const images = [...saved, ...pushed][0]?.images ?? [];
  const counts = [
    count(programs.length, "program"),
    ...(images.length === 0 ? [] : [count(images.length, "platform")]),
  ];
  if (programs.length > 0) write(colors.bold(counts.join(", ")));
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? "" : "s"}`;
}

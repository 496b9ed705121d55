import type { LockedBase } from "../make/windows/base-lock.ts";
import type { Delivered, Made, MakeEvent } from "../make/workshop.ts";
import { isManifest } from "../oci/media-types.ts";
import type { Paint, Screen } from "./screen.ts";
import { count } from "./sizes.ts";

/** Draws what happens, a line each, as it happens. */
export function reporter({ write, paint }: Screen): (event: MakeEvent) => void {
  return (event) => {
    switch (event.type) {
      case "program":
        return write(
          `${event.path.padEnd(28)}${String(event.size).padStart(6)} bytes  ${event.digest}  ${
            event.outcome === "fresh" ? paint("dim", "unchanged") : paint("green", "compiled")
          }`,
        );
      case "saved":
        return write(
          event.outcome === "fresh"
            ? `${event.reference}  ${event.digest}  ${paint("dim", "is up to date")}`
            : `${event.reference}  ${event.digest}  ${paint("green", "written")}`,
        );
      case "copy":
        if (isManifest(event.descriptor.mediaType)) write(copied(event, paint));
        return;
      case "base":
        return write(updated(event, paint));
      case "removed":
        return write(`removed ${event.path}`);
    }
  };
}

function copied(
  { where, descriptor, outcome, tags }: Extract<MakeEvent, { type: "copy" }>,
  paint: Paint,
): string {
  const { digest } = descriptor;
  const names = tags.length === 0
    ? [`${where}@${digest}`]
    : tags.map((tag) => `${where}:${tag}  ${digest}`);
  const verb = outcome === "present" ? paint("dim", "is up to date") : paint("green", "pushed");
  return names.map((name) => `${name}  ${verb}`).join("\n");
}

/** What is locked now, and what was, one line under the other. */
function updated(
  { name, now, before, outcome }: Extract<MakeEvent, { type: "base" }>,
  paint: Paint,
): string {
  const line = (base: LockedBase): string => `${base["os.version"]}  ${base.manifest}`;
  const same = paint("dim", "unchanged");
  if (outcome === "unchanged") return `${name}  ${line(now)}  ${same}`;
  const lines = [`${name}  ${line(now)}  ${paint("green", outcome)}`];
  if (before !== undefined) lines.push(`${" ".repeat(name.length)}  ${line(before)}  was locked`);
  return lines.join("\n");
}

/** The last line: how much there is now. */
export function summary(
  { programs, saved, pushed, missing }: Made,
  { write, paint }: Screen,
): void {
  const { images = [], attached = [] }: Partial<Delivered> = [...saved, ...pushed][0] ?? {};
  const counts = [
    count(programs.length, "program"),
    ...(images.length === 0 ? [] : [count(images.length, "platform")]),
    ...(attached.length === 0 ? [] : [count(attached.length, "attachment")]),
  ];
  if (programs.length > 0) write(paint("bold", counts.join(", ")));
  for (const { name, reason } of missing) write(`${paint("red", "missing")} ${name}: ${reason}`);
}

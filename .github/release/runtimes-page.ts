import { REACHABLE } from "../../build/runtimes/doctor.ts";
import type { Image } from "../../build/runtimes/image.ts";
import { dropIn } from "../../build/runtimes/configure.ts";
import { RULES } from "../../build/runtimes/rules.ts";
import type { Runtime } from "../../build/runtimes/runtime.ts";
import { RUNTIMES } from "../../build/runtimes/table.ts";

/** The image of the examples: a digest that nothing has. */
const EXAMPLE: Image = {
  name: "10.0.0.5:5000/k8s/pause",
  reference: { host: "10.0.0.5:5000", repository: "k8s/pause", tag: "3.10" },
  pinned: `10.0.0.5:5000/k8s/pause@sha256:${"0123456789abcdef".repeat(4)}`,
  tag: "3.10",
  digest: `sha256:${"0123456789abcdef".repeat(4)}`,
  plainHttp: false,
};

/** The page with its tables anew, between their marks. */
export function withTables(page: string): string {
  const parts = { runtimes: RUNTIMES.map(section), rules: [list(RULES), list([REACHABLE])] };
  return Object.entries(parts).reduce((text, [name, blocks]) => {
    const [begin, end] = [`<!-- ${name}: begin -->`, `<!-- ${name}: end -->`];
    const [before = "", rest = ""] = text.split(begin);
    const [, after = ""] = rest.split(end);
    const made = blocks.join(name === "rules" ? "\n" : "\n\n");
    return `${before}${begin}\n<!-- deno-fmt-ignore-start -->\n\n${made}\n\n<!-- deno-fmt-ignore-end -->\n${end}${after}`;
  }, page);
}

function section(runtime: Runtime): string {
  const { name, title, key, files, takesDigest, restart, notes, source, keys } = runtime;
  const format = keys()[0]?.format === "YAML"
    ? "yaml"
    : keys()[0]?.format === "TOML"
    ? "toml"
    : "ini";
  const facts = [
    `Key: \`${key}\`${takesDigest ? "" : ". It takes no digest"}.`,
    `Then: ${
      /^(systemctl|kubeadm|k0s|microk8s|talosctl)/.test(restart) ? `\`${restart}\`` : restart
    }.`,
    ...(files.length === 0
      ? []
      : [`\`doctor\` reads ${files.map((file) => `\`${file}\``).join(", ")}.`]),
    ...notes,
    `[Source](${source}).`,
  ];
  return [
    `### ${title}: \`config ${name}\``,
    `\`\`\`${format}\n${dropIn(runtime, EXAMPLE).trimEnd()}\n\`\`\``,
    facts.map((fact) => `- ${fact}`).join("\n"),
  ].join("\n\n");
}

type Row = Pick<(typeof RULES)[number], "id" | "states" | "why" | "link">;

function list(rows: readonly Row[]): string {
  return rows.map(({ id, states, why, link }) =>
    `- **\`${id}\`**: ${states}. _${why}_${link === undefined ? "" : ` [Source](${link}).`}`
  ).join("\n");
}

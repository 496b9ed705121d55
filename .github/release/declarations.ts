import { type Files, text } from "./files.ts";
import { type Module, namesIn, type Origin, printModule, readModule } from "./types-of-module.ts";

/**
 * The types of a module and all that they are made of, and no others: what we only use among
 * ourselves stays out, with what it would need.
 *
 * @param entry the module, from `root`: `build/mod.ts`
 * @returns `build/mod.d.ts` and so on
 * @throws Error when a type comes from a package, which whoever installs ours does not have
 */
export function declarations(root: string, entry: string): Files {
  const modules = new Map<string, Module>();
  const open = (path: string): Module => {
    const module = modules.get(path) ?? readModule(root, path);
    modules.set(path, module);
    return module;
  };
  const { handsOn, statements } = open(entry);
  for (const name of [...handsOn.keys(), ...statements.keys()]) need(open, { path: entry, name });
  return new Map(
    [...modules.values()].sort((a, b) => a.path < b.path ? -1 : 1)
      .map((module) => [module.path.replace(/\.ts$/, ".d.ts"), text(printModule(module))]),
  );
}

/** Marks a name, and all that leads on from it. */
function need(open: (path: string) => Module, { path, name }: Pick<Origin, "path" | "name">): void {
  if (!path.endsWith(".ts")) throw new Error(`Cannot declare ${name}: it is a type of ${path}.`);
  const { needed, statements, imports, handsOn } = open(path);
  if (needed.has(name)) return;
  needed.add(name);
  const origin = handsOn.get(name) ?? imports.get(name);
  if (origin) need(open, origin);
  for (const used of (statements.get(name) ?? []).flatMap(namesIn)) {
    if (statements.has(used) || imports.has(used)) need(open, { path, name: used });
  }
}

import { readFileSync } from "node:fs";
import { posix } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { importsOf } from "../runner/source-code.ts";

/** All that a module loads at once: files of ours, and packages. What `import()` loads later is left out. */
function loadedBy(path: string, found: Set<string> = new Set()): ReadonlySet<string> {
  if (found.has(path)) return found;
  found.add(path);
  const text = readFileSync(path, "utf8").replace(/\bimport\(/g, "later(");
  for (const { specifier, isType } of importsOf(text)) {
    if (isType) continue;
    if (!specifier.startsWith(".")) found.add(specifier);
    else if (specifier.endsWith(".ts")) loadedBy(posix.join(posix.dirname(path), specifier), found);
  }
  return found;
}

test("a run that attaches nothing, or nothing new, loads nothing that writes SBOMs and provenance", () => {
  const loaded = [...loadedBy("build/make/make.ts", new Set(loadedBy("build/cli.ts")))];
  assert.ok(loaded.includes("build/make/save.ts"), "the walk reaches the targets");
  assert.equal(
    loaded.filter((name) => /cyclonedx|sigstore|attest\/sbom|provenance\.ts/.test(name)),
    [],
  );
  const later = [...loadedBy("build/attest/sbom/cyclonedx.ts")];
  assert.equal(
    later.filter((name) => name.startsWith("@cyclonedx")),
    [],
    "it loads its library late",
  );
});

test.run();

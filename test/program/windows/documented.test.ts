import { test } from "uvu";
import { testTable } from "../../support/documented.ts";

testTable({
  document: "docs/windows.md",
  folder: "test/program/windows",
  places: { underWine: "wine", inEachExecutable: "the file" },
  programs: ["pause", "wincat"],
});

test.run();

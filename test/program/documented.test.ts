import { test } from "uvu";
import { testTable } from "../support/documented.ts";

// Orphan is only a tool to try pause with.
testTable({
  document: "docs/pause-behaviour.md",
  folder: "test/program",
  places: {
    onEachPlatform: "everywhere",
    natively: "natively",
    inContainers: "containers",
    inEachFile: "the file",
  },
  programs: ["pause"],
});

test.run();

import { test } from "uvu";
import { testTable } from "../support/documented.ts";

testTable({
  document: "docs/cri.md",
  folder: "test/engines",
  places: { onNode: "containerd", inPod: "podman" },
  programs: ["pause"],
});

test.run();

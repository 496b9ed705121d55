import { test } from "uvu";
import * as assert from "uvu/assert";
import { failsWith } from "../support/fails.ts";
import { formatPlace, type Place, readPlace } from "../../build/store/place.ts";

const PLACES: Readonly<Record<string, Place>> = {
  "oci:out": { form: "oci", path: "out" },
  "oci:out:3.10": { form: "oci", path: "out", tag: "3.10" },
  "oci:/a/b.c/d:v1": { form: "oci", path: "/a/b.c/d", tag: "v1" },
  "out": { form: "oci", path: "out" },
  "./out": { form: "oci", path: "./out" },
  "a/b.tar": { form: "oci-archive", path: "a/b.tar" },
  "./b.tar:3.10": { form: "oci-archive", path: "./b.tar", tag: "3.10" },
  "./b.tarball": { form: "oci", path: "./b.tarball" },
  "oci-archive:p.tar:3.10": { form: "oci-archive", path: "p.tar", tag: "3.10" },
  "docker-archive:p.tar": { form: "docker-archive", path: "p.tar" },
};

for (const [text, place] of Object.entries(PLACES)) {
  test(`readPlace() reads ${text}`, () => assert.equal(readPlace(text), place));
}

test("readPlace() reads back what formatPlace() writes", () => {
  assert.is(formatPlace({ form: "oci", path: "out" }, "3.10"), "oci:out:3.10");
  assert.equal(readPlace("oci:out:3.10"), { form: "oci", path: "out", tag: "3.10" });
});

for (const text of ["", "oci:", "oci::v1", "oci:out:-v1", "docker:pause", "ocy:out"]) {
  test(`readPlace() refuses "${text}"`, async () => {
    await failsWith(["usage"], () => readPlace(text));
  });
}

test.run();

import { test } from "uvu";
import * as assert from "uvu/assert";
import { readTemplate } from "../../../build/mirror/sync/template.ts";
import { formatReference, parseReference } from "../../../build/oci/reference.ts";
import { failsWith } from "../../support/fails.ts";

const COREDNS = "registry.k8s.io/coredns/coredns:v1.13.1";
const DIGEST = `sha256:${"ab".repeat(32)}`;

const CASES: readonly (readonly [template: string, source: string, destination: string])[] = [
  ["10.0.0.5:5000/{path}", COREDNS, "10.0.0.5:5000/coredns/coredns:v1.13.1"],
  // As kubeadm wants it under an imageRepository of one's own.
  ["10.0.0.5:5000/k8s/{name}", COREDNS, "10.0.0.5:5000/k8s/coredns:v1.13.1"],
  ["h.io/all/{host}/{path}", COREDNS, "h.io/all/registry.k8s.io/coredns/coredns:v1.13.1"],
  ["h.io/{host}/{path}", "LocalHost:5000/a/b:1", "h.io/localhost-5000/a/b:1"],
  ["h.io/{host}/{path}", "[::1]:5000/a:1", "h.io/1-5000/a:1"],
  ["h.io/{path}:{tag}-mirrored", COREDNS, "h.io/coredns/coredns:v1.13.1-mirrored"],
  ["h.io/sandbox:stable", COREDNS, "h.io/sandbox:stable"],
  ["someone/{name}", COREDNS, "docker.io/someone/coredns:v1.13.1"],
  ["h.io/{path}", `a.io/b@${DIGEST}`, "h.io/b"],
  ["h.io/{path}:{tag}", `a.io/b@${DIGEST}`, "h.io/b"],
  ["h.io/{path}:pinned", `a.io/b@${DIGEST}`, "h.io/b:pinned"],
  ["h.io/{path}", `a.io/b:1@${DIGEST}`, "h.io/b:1"],
];

for (const [template, source, destination] of CASES) {
  test(`${template} makes ${destination} of ${source.slice(0, 40)}`, () => {
    assert.is(formatReference(readTemplate(template)(parseReference(source))), destination);
  });
}

test("a source may go by another path", () => {
  const source = parseReference(COREDNS);
  const to = (template: string): string => formatReference(readTemplate(template)(source, "x/dns"));
  assert.is(to("h.io/{path}"), "h.io/x/dns:v1.13.1");
  assert.is(to("h.io/{name}"), "h.io/dns:v1.13.1");
  assert.is(to("h.io/{host}/{path}"), "h.io/registry.k8s.io/x/dns:v1.13.1");
});

const WRONG: readonly (readonly [template: string, message: RegExp])[] = [
  ["h.io/{pth}", /no \{pth\}, only \{host\}, .*Did you mean "path"/],
  ["h.io/{__proto__}", /no \{__proto__\}/],
  ["h.io/{}", /no \{\}/],
  ["h.io/{path", /Cannot read the image name/],
  ["h.io/{tag}/{path}", /\{tag\} stands before/],
  ["h.io/{path}:{tag}:x", /\{tag\} stands before/],
  ["h.io/{path}:a b", /is no tag/],
  ["h.io", /names no path.*h\.io\/\{path\}/],
  ["10.0.0.5:5000", /names no path.*10\.0\.0\.5:5000\/\{path\}/],
  ["https://h.io/{path}", /begins with https/],
  ["user:hunter2@h.io/{path}", /no login/],
  ["h.io/{Path}", /Did you mean "path"/],
  ["h.io/PATH", /lower case/],
];

for (const [template, message] of WRONG) {
  test(`a destination is refused: ${template}`, async () => {
    const error = await failsWith(["usage"], () => readTemplate(template));
    assert.match(error.message, message);
    assert.not.match(error.message, "hunter2");
  });
}

test("what a destination makes of a source is checked when it comes", async () => {
  const to = readTemplate("h.io/{path}:{tag}-mirrored");
  await failsWith(["usage"], () => to({ host: "a.io", repository: "b", tag: "x".repeat(120) }));
  await failsWith(["usage"], () => to({ host: "a.io", repository: "b".repeat(300), tag: "x" }));
});

test.run();

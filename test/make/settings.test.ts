import { test } from "uvu";
import * as assert from "uvu/assert";
import { failsWith } from "../support/fails.ts";
import { fromEnvironment, readSettings, variableName } from "../../build/make/settings.ts";

/** The message of the usage error that `work` ends with. */
async function refusal(work: () => unknown): Promise<string> {
  return (await failsWith(["usage"], work)).message;
}

test("readSettings() builds everything that is known when nothing is said", () => {
  const settings = readSettings({});
  assert.equal(settings.targets.map(({ arch }) => arch), [
    "amd64",
    "arm",
    "arm64",
    "ppc64le",
    "s390x",
    "riscv64",
    "loong64",
    "386",
    "mips64le",
  ]);
  assert.is(settings.tag, "3.10.2");
  assert.is(settings.version, "v3.10.2");
  assert.is(settings.output, "oci:out");
  assert.is(settings.repository, undefined);
});

test("readSettings() keeps the order of the architectures, however they are picked", () => {
  const picked = ["s390x arm64", "s390x,arm64", " arm64  s390x "].map((ARCH) =>
    readSettings({ ARCH }).targets.map(({ arch }) => arch)
  );
  assert.equal(picked, [["arm64", "s390x"], ["arm64", "s390x"], ["arm64", "s390x"]]);
});

test("readSettings() picks ARCH out of ALL_ARCH", async () => {
  const { targets } = readSettings({ ALL_ARCH: "amd64 arm64" });
  assert.equal(targets.map(({ arch }) => arch), ["amd64", "arm64"]);
  const message = await refusal(() => readSettings({ ALL_ARCH: "amd64 arm64", ARCH: "s390x" }));
  assert.match(message, "the architectures are amd64, arm64");
});

test("readSettings() names the nearest architecture", async () => {
  assert.match(await refusal(() => readSettings({ ARCH: "s930x" })), 'Did you mean "s390x"?');
});

test("readSettings() refuses a tag that no registry takes", async () => {
  for (const TAG of ["-a", ".a", "a b", "a/b", "a:b", "ä", "a".repeat(129)]) {
    assert.match(await refusal(() => readSettings({ TAG })), `TAG="${TAG}"`);
  }
  assert.is(readSettings({ TAG: "a".repeat(128) }).tag.length, 128);
});

test("readSettings() refuses a version that would not stay one token of C", async () => {
  for (const VERSION of ['v1"', "v1 v2", "v1\n", "$(reboot)", "v1)"]) {
    assert.match(await refusal(() => readSettings({ VERSION })), "VERSION=");
  }
});

test("readSettings() refuses a REGISTRY with a scheme and says what to write", async () => {
  const message = await refusal(() =>
    readSettings({ REGISTRY: "https://registry.example.com/k8s" })
  );
  assert.match(message, "registry.example.com/k8s");
  assert.match(message, "https://");
});

test("readSettings() puts the image below the REGISTRY", () => {
  const at = (REGISTRY: string): unknown => readSettings({ REGISTRY }).repository;
  const expected = { host: "10.0.0.5:5000", repository: "k8s/pause" };
  assert.equal(at("10.0.0.5:5000/k8s"), expected);
  assert.equal(at("10.0.0.5:5000/k8s/"), expected);
  assert.equal(at("10.0.0.5:5000"), { host: "10.0.0.5:5000", repository: "pause" });
});

test("readSettings() hands on where certificates for registries are", () => {
  assert.is(readSettings({}).certDir, undefined);
  assert.is(readSettings({ CERT_DIR: "certs" }).certDir, "certs");
});

test("readSettings() takes whole seconds for SOURCE_DATE_EPOCH, and nothing else", async () => {
  assert.is(readSettings({ SOURCE_DATE_EPOCH: "0" }).epoch, 0);
  assert.is(readSettings({ SOURCE_DATE_EPOCH: "1700000000" }).epoch, 1700000000);
  for (const SOURCE_DATE_EPOCH of ["1.5", "-1", "now", "0x10", "1e9", "253402300800", " "]) {
    assert.match(
      await refusal(() => readSettings({ SOURCE_DATE_EPOCH })),
      "whole number of seconds",
    );
  }
});

test("readSettings() names the choices of a variable that has few", async () => {
  assert.match(await refusal(() => readSettings({ FORMAT: "tar" })), "oci, docker");
  assert.match(await refusal(() => readSettings({ TOOLCHAIN: "tcc" })), "clang, gcc, zig, docker");
  for (const OS of ["plan9", "linux plan9", ","]) {
    assert.match(
      await refusal(() => readSettings({ OS })),
      `OS="${OS}": it is some of linux, windows`,
    );
  }
});

test("readSettings() takes several systems, in one order, and Linux alone when nothing is said", () => {
  const systems = (OS: string): readonly string[] => readSettings({ OS }).systems;
  assert.equal(readSettings({}).systems, ["linux"]);
  assert.equal(systems("windows"), ["windows"]);
  for (const OS of ["linux windows", "windows,linux", " windows  linux "]) {
    assert.equal(systems(OS), ["linux", "windows"]);
  }
});

test("readSettings() picks the architectures that there is Windows for", async () => {
  const { targets } = readSettings({ OS: "windows" });
  assert.equal(targets.map(({ arch }) => arch), ["amd64", "arm64"]);
  assert.match(
    await refusal(() => readSettings({ OS: "windows", ARCH: "s390x" })),
    'ARCH="s390x": the architectures are amd64, arm64',
  );
  assert.match(
    await refusal(() => readSettings({ OS: "linux windows", ARCH: "s390x" })),
    'ARCH="s390x" for OS="windows": the architectures there are amd64, arm64',
  );
});

test("readSettings() picks versions of Windows, in the order of the list, and the architectures with images", async () => {
  const { windows } = readSettings({ OS: "windows" });
  assert.equal(windows.versions.map(({ name }) => name), ["1809", "ltsc2022", "ltsc2025"]);
  assert.equal(windows.arches, ["amd64"]);
  const some = readSettings({
    OS: "windows",
    OSVERSION: "ltsc2025, 1809",
    ALL_ARCH_WINDOWS: "arm64",
  });
  assert.equal(some.windows.versions.map(({ name }) => name), ["1809", "ltsc2025"]);
  assert.equal(some.windows.arches, ["arm64"]);
  assert.match(
    await refusal(() => readSettings({ OSVERSION: "ltsc2019" })),
    'OSVERSION="ltsc2019": the versions of Windows are 1809, ltsc2022, ltsc2025. Did you mean',
  );
  assert.match(
    await refusal(() => readSettings({ OSVERSION: "1809", ALL_OSVERSIONS: "ltsc2022" })),
    'OSVERSION="1809": the versions of Windows are ltsc2022.',
  );
  assert.match(
    await refusal(() => readSettings({ ALL_ARCH_WINDOWS: "s390x" })),
    'ALL_ARCH_WINDOWS="s390x": the architectures of Windows are amd64, arm64',
  );
});

test("a list without Linux, or without a version that there is, is a part of the list", () => {
  const isSubset = (assignments: Parameters<typeof readSettings>[0]): boolean =>
    readSettings(assignments).isSubset;
  assert.not.ok(isSubset({ OS: "linux windows" }));
  assert.ok(isSubset({ OS: "windows" }));
  assert.ok(isSubset({ OS: "linux windows", OSVERSION: "1809" }));
  assert.not.ok(isSubset({ OS: "linux windows", OSVERSION: "1809", ALL_OSVERSIONS: "1809" }));
  assert.not.ok(isSubset({ OSVERSION: "1809" }));
  assert.ok(isSubset({ OS: "linux", ALL_OS: "linux windows" }));
  assert.not.ok(isSubset({ OS: "windows", ALL_OS: "windows" }));
  assert.not.ok(isSubset({ ALL_OS: "linux" }));
});

test("ALL_OS says which systems there are, and OS picks of them", async () => {
  assert.equal(readSettings({ ALL_OS: "windows linux" }).systems, ["linux", "windows"]);
  assert.equal(readSettings({ ALL_OS: "windows linux", OS: "windows" }).systems, ["windows"]);
  assert.equal(readSettings({}).systems, ["linux"]);
  assert.match(
    await refusal(() => readSettings({ ALL_OS: "linux", OS: "linux windows" })),
    'OS="linux windows": ALL_OS has linux.',
  );
  assert.match(
    await refusal(() => readSettings({ ALL_OS: "plan9" })),
    'ALL_OS="plan9": it is some',
  );
});

test("BASE is for Windows where images for Windows are built: those for Linux start from scratch", () => {
  assert.equal(readSettings({}).base, { linux: "scratch" });
  assert.equal(readSettings({ BASE: "x" }).base, { linux: "x", windows: "x" });
  assert.equal(readSettings({ OS: "linux windows" }).base, { linux: "scratch" });
  assert.equal(readSettings({ OS: "linux windows", BASE: "x" }).base, {
    linux: "scratch",
    windows: "x",
  });
});

test("readSettings() refuses toolchains that make nothing for Windows", async () => {
  for (const TOOLCHAIN of ["gcc", "zig", "docker"]) {
    const message = await refusal(() => readSettings({ OS: "linux windows", TOOLCHAIN }));
    assert.match(message, `OS="windows" with TOOLCHAIN=${TOOLCHAIN}: only clang does`);
  }
});

test("variableName() knows upstream's other names, and the nearest of ours", async () => {
  assert.is(variableName("ALL_ARCH.linux"), "ALL_ARCH");
  assert.is(variableName("OUTPUT_TYPE"), "OUTPUT");
  assert.match(await refusal(() => variableName("REGISTY")), 'Did you mean "REGISTRY"?');
  assert.is(variableName("ALL_OSVERSIONS.windows"), "ALL_OSVERSIONS");
  assert.is(variableName("ALL_ARCH.windows"), "ALL_ARCH_WINDOWS");
  assert.is(variableName("BASE.windows"), "BASE");
});

test("fromEnvironment() leaves CFLAGS and the OS of Windows to others", () => {
  const environment = { CFLAGS: "-O3", OS: "Windows_NT", TAG: "1", REGISTRY: "", PATH: "/bin" };
  assert.equal(fromEnvironment(environment), { TAG: "1" });
});

test.run();

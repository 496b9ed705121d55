import { readFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { readDefinition } from "../../../build/compile/windows.ts";
import { WINDOWS_IMPORTS } from "../../../build/compile/windows-imports.ts";
import { verifyTarget } from "../../../build/check/verify.ts";
import { dataSection, type PeFile, textSection } from "../../compile/pe-file.ts";
import { idsOf, type Json, type Recipe, reportOn } from "../images.ts";
import {
  PATHS,
  pauseExe,
  windowsFile,
  windowsFolder,
  windowsImage,
  windowsLayer,
  withFiles,
} from "./images.ts";

const first = (list: unknown): Json => (list as Json[])[0] ?? {};
const text = (words: string): Uint8Array => new TextEncoder().encode(words);
const program = (bytes: Uint8Array): Recipe =>
  withFiles({ [PATHS.pause]: windowsFile(PATHS.pause, bytes) });
const pe = (changes: Partial<PeFile>): Recipe => program(pauseExe(changes));
const run = (changes: Json): Recipe =>
  windowsImage({ config: (config) => Object.assign(config.config as Json, changes) });
const versions = (there?: string, here?: string): Recipe =>
  windowsImage({
    entry: (entry) => setOrDelete(entry.platform as Json, there),
    config: (config) => setOrDelete(config, here),
  });

function setOrDelete(platform: Json, version: string | undefined): void {
  if (version === undefined) delete platform["os.version"];
  else platform["os.version"] = version;
}

/** What is wrong with an image for Windows, and the one row that is to find it. */
const BROKEN: readonly (readonly [row: string, what: string, recipe: Recipe])[] = [
  ["content", "its layer is missing", windowsImage({ spoil: (parts) => delete parts.layer })],
  [
    "content",
    "a layer of Windows itself is not there, and nobody says where it is",
    windowsImage({ manifest: ({ layers }) => addLayer(layers), config: addDiffId }),
  ],
  [
    "layers",
    "its layer is no tar",
    windowsImage({ compress: () => new Uint8Array(2048).fill(7) }),
  ],
  [
    "diff-ids",
    "the diffID is another",
    windowsImage({
      config: ({ rootfs }) => (rootfs as Json).diff_ids = [`sha256:${"0".repeat(64)}`],
    }),
  ],
  ["platform", "another architecture", windowsImage({ config: (one) => one.architecture = "arm" })],
  ["os-version", "no version at all", versions()],
  ["os-version", "no version in the index", versions(undefined, "10.0.20348.1")],
  ["os-version", "two versions", versions("10.0.17763.1", "10.0.20348.1")],
  ["windows-build", "a build without nodes", versions("10.0.14393.1", "10.0.14393.1")],
  ["windows-build", "a number that only begins as one", versions("10.0.203480", "10.0.203480")],
  ["windows-layers", "a layer as for Linux", withFiles({ pause: windowsFile("pause") })],
  ["windows-layers", "no Hives", withFiles({ Hives: null })],
  ["windows-layers", "a folder that the layer lacks", withFiles({ "Files/Windows": null })],
  [
    "windows-attributes",
    "a file without a security descriptor",
    withFiles({
      [PATHS.pause]: {
        path: PATHS.pause,
        bytes: pauseExe(),
        attributes: { "MSWINDOWS.fileattr": "32" },
      },
    }),
  ],
  [
    "windows-attributes",
    "a folder without attributes",
    withFiles({ "Files/Windows": { path: "Files/Windows", type: "directory" } }),
  ],
  ["windows-path", "Linux's PATH", run({ Env: ["PATH=/usr/bin:/bin"] })],
  ["windows-path", "no PATH", run({ Env: [] })],
  [
    "windows-path",
    "two, which Windows cannot tell from each other",
    run({ Env: ["Path=C:\\Windows", "PATH=C:\\Windows;C:\\Windows\\system32"] }),
  ],
  ["wincat", "no wincat", withFiles({ [PATHS.wincat]: null })],
  ["wincat", "a script", withFiles({ [PATHS.wincat]: windowsFile(PATHS.wincat, text("#!")) })],
  [
    "wincat",
    "a wincat for arm64",
    withFiles({ [PATHS.wincat]: windowsFile(PATHS.wincat, pauseExe({ machine: 0xaa64 })) }),
  ],
  ["diagtrack", "Windows' own diagtrack", withFiles({ [PATHS.diagtrack]: null })],
  [
    "diagtrack",
    "a library",
    withFiles({ [PATHS.diagtrack]: windowsFile(PATHS.diagtrack, pauseExe()) }),
  ],
  ["entrypoint", "no entry point", run({ Entrypoint: [] })],
  ["entrypoint", "one that is not there", run({ Entrypoint: ["C:\\Windows\\pause.exe"] })],
  [
    "entrypoint",
    "one that a later layer takes away",
    windowsImage({
      layers: [windowsLayer(), [
        windowsFolder("Hives"),
        windowsFolder("Files"),
        { path: "Files/.wh.pause.exe" },
      ]],
    }),
  ],
  ["pe", "a script", program(text("@echo off\r\n"))],
  ["pe", "a program that is cut off", program(pauseExe().subarray(0, 0x300))],
  ["pe-machine", "a program for arm64", pe({ machine: 0xaa64 })],
  ["pe-console", "a program with windows", pe({ subsystem: 2 })],
  ["pe-console", "a library", pe({ characteristics: 0x2022 })],
  [
    "pe-imports",
    "another library",
    pe({ imports: [...WINDOWS_IMPORTS.pause, { library: "msvcrt.dll", functions: ["exit"] }] }),
  ],
  [
    "pe-imports",
    "a function less",
    pe({ imports: [{ library: "kernel32.dll", functions: ["Sleep"] }] }),
  ],
  ["pe-time", "a time stamp", pe({ timeStamp: 1_700_000_000 })],
  ["pe-protection", "no ASLR", pe({ dllCharacteristics: 0x8120 })],
  ["pe-protection", "no DEP", pe({ dllCharacteristics: 0x8060 })],
  ["pe-start", "a start in data", pe({ entry: 0x2000 })],
  [
    "pe-write-execute",
    "code that can be written to",
    pe({ sections: [textSection({ flags: 0xe000_0020 }), dataSection()] }),
  ],
  ["pe-size", "a program of 64 KiB and more", pe({ size: 64 * 1024 + 1 })],
  ["pe-size", "bytes that no section claims", pe({ size: 0x900 })],
];

/** A layer as large as Windows itself. */
function addLayer(layers: unknown): void {
  const large = { ...first(layers), digest: `sha256:${"1".repeat(64)}`, size: 100_000_000 };
  (layers as Json[]).unshift(large);
}

function addDiffId({ rootfs, history }: Json): void {
  ((rootfs as Json).diff_ids as string[]).unshift(`sha256:${"2".repeat(64)}`);
  (history as Json[]).unshift({ created_by: "Microsoft" });
}

for (const [row, what, recipe] of BROKEN) {
  test(`Windows: "${row}" and no other row fails: ${what}`, async () => {
    const report = await reportOn(recipe);
    assert.equal([...new Set(idsOf(report, "fail"))], [row]);
    assert.is(report.outcome, "fail");
  });
}

test("every row about Windows has an image that it alone finds", async () => {
  const proven = new Set(BROKEN.map(([row]) => row));
  const { subjects } = await reportOn(windowsImage());
  const rows = subjects.flatMap(({ rows }) => rows).filter(({ row: { os } }) => os === "windows");
  assert.equal(rows.map(({ row }) => row.id).filter((id) => !proven.has(id)), []);
});

const ENTRIES = [
  ...["/pause.exe", "\\pause.exe", "C:\\pause.exe", "c:/PAUSE.EXE", "pause.exe", "pause"],
  "C:\\Windows\\..\\pause.exe",
];

for (const entry of ENTRIES) {
  test(`an image for Windows whose entry point is ${entry} passes every row`, async () => {
    assert.is((await reportOn(run({ Entrypoint: [entry] }))).outcome, "pass");
  });
}

test("of Windows itself nothing is read: a layer that stays with Microsoft may be missing", async () => {
  const report = await reportOn(windowsImage({
    config: addDiffId,
    manifest: ({ layers }) => {
      addLayer(layers);
      Object.assign(first(layers), {
        mediaType: "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
        urls: ["https://mcr.example/layer"],
      });
    },
  }));
  assert.is(report.outcome, "pass", JSON.stringify(report.subjects));
});

test("a program for Windows is judged alone, wincat by what wincat imports", async () => {
  for (const imports of Object.values(WINDOWS_IMPORTS)) {
    const target = { kind: "program", name: "x.exe", bytes: pauseExe({ imports }) } as const;
    const report = await verifyTarget(target, { static: true });
    assert.equal([report.outcome, report.subjects[0]?.name], ["pass", "windows/amd64"]);
  }
  const bytes = pauseExe({ machine: 0x1c0 });
  const report = await verifyTarget({ kind: "program", name: "x.exe", bytes }, { static: true });
  assert.is(report.outcome, "unchecked");
  assert.match(
    JSON.stringify(report.subjects),
    "this version does not know the architecture unknown",
  );
});

test("programs are held to the imports that the definitions beside their sources name", () => {
  for (const [name, imports] of Object.entries(WINDOWS_IMPORTS)) {
    const defined = imports.map(({ library }) =>
      readDefinition(
        readFileSync(`src/windows/${name}.${library.replace(".dll", "")}.def`, "utf8"),
      )
    );
    assert.equal(imports, defined);
  }
});

test.run();

import { WINDOWS_VERSIONS } from "../../image/windows-versions.ts";
import { isOfBuild } from "../../oci/platform.ts";
import { all, type Row, row } from "../row.ts";
import { pathOf, plain } from "./entry.ts";

const BUILDS = WINDOWS_VERSIONS.map(({ build }) => build);

/** What holds for an image for Windows, beside what holds for every image. */
export const WINDOWS_IMAGE_ROWS: readonly Row[] = [
  row({
    id: "os-version",
    states: "index and configuration name the Windows build (os.version), the same one",
    why: "Runtimes choose the entry by the host's build, and have nothing to choose by without it.",
    link:
      "https://github.com/opencontainers/image-spec/blob/v1.1.0/image-index.md#image-index-property-descriptions",
    os: "windows",
    needs: ["config", "indexPlatform"],
    check: ({ config, indexPlatform }) => {
      const [there, here] = [indexPlatform["os.version"], config["os.version"]];
      if (!there || !here) return `none in the ${there ? "configuration" : "index"}`;
      return there === here ? undefined : `${here} in the configuration, ${there} in the index`;
    },
  }),
  row({
    id: "windows-build",
    states: `the configuration's os.version is of a build that nodes have: ${BUILDS.join(", ")}`,
    why: "A node takes an image of its own build, and upstream has images for these.",
    link: "https://github.com/kubernetes/kubernetes/blob/master/build/pause/Makefile",
    os: "windows",
    after: "os-version",
    needs: ["config"],
    check: ({ config: { "os.version": version } }) =>
      BUILDS.some((build) => isOfBuild(version, build)) ? undefined : version ?? "it has none",
  }),
  row({
    id: "windows-layers",
    states:
      "every layer over Windows itself has its files below Files, beside Hives, with all folders on the way",
    why: "Windows unpacks nothing else, and makes no folder that a layer lacks.",
    link: "https://github.com/microsoft/hcsshim/blob/main/pkg/ociwclayer/import.go",
    os: "windows",
    needs: ["windowsShape"],
    check: ({ windowsShape }) => all(windowsShape),
  }),
  row({
    id: "windows-attributes",
    states: "every file of these layers has Windows' attributes and a security descriptor",
    why: "Nobody may read a file without them, and the pod's sandbox never starts.",
    link:
      "https://github.com/opencontainers/image-spec/blob/v1.1.0/layer.md#platform-specific-attributes",
    os: "windows",
    needs: ["windowsRecords"],
    check: ({ windowsRecords }) => all(windowsRecords),
  }),
  row({
    id: "windows-path",
    states: "PATH is set once, and has C:\\Windows\\system32 and C:\\Windows",
    why:
      "Images that are built on Linux get its PATH, and programs are found by their paths alone.",
    os: "windows",
    needs: ["config"],
    check: ({ config }) => {
      const set = (config.config?.Env ?? []).filter((variable) => /^path=/i.test(variable));
      if (set.length !== 1) return `it is set ${set.length} times`;
      const folders = pathOf(config).map((folder) => plain(folder).replace(/\/$/, ""));
      const lacking = ["/windows/system32", "/windows"].filter((one) => !folders.includes(one));
      return lacking.length === 0 ? undefined : set[0];
    },
  }),
  row({
    id: "wincat",
    states: "C:\\Windows\\System32\\wincat.exe is there, a console program for the platform",
    why: "Ports are forwarded into a pod by running it in the pause container.",
    link: "https://github.com/kubernetes/kubernetes/tree/master/build/pause/windows/wincat",
    os: "windows",
    needs: ["wincat"],
    check: ({ wincat }) => all(wincat),
  }),
  row({
    id: "diagtrack",
    states: "C:\\Windows\\System32\\diagtrack.dll is replaced by a file that is no library",
    why: "A service that every pause container would start with takes processor time for nothing.",
    link: "https://github.com/kubernetes/kubernetes/blob/master/build/pause/Dockerfile_windows",
    os: "windows",
    needs: ["diagtrack"],
    check: ({ diagtrack }) => all(diagtrack),
  }),
];

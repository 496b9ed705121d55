import { WINDOWS_IMPORTS } from "../../../build/compile/windows-imports.ts";
import { goodPe, peBytes, type PeFile } from "../../compile/pe-file.ts";
import type { File, Json, Recipe } from "../images.ts";

/** Where the files are that every image for Windows has. */
export const PATHS = {
  pause: "Files/pause.exe",
  wincat: "Files/Windows/System32/wincat.exe",
  diagtrack: "Files/Windows/System32/diagtrack.dll",
} as const;

/** What Windows knows of a file. */
const RECORDS = { "MSWINDOWS.fileattr": "32", "MSWINDOWS.rawsd": "AQAEgA==" } as const;

/** The bytes of pause for amd64, good but for the changes. */
export function pauseExe(changes: Partial<PeFile> = {}): Uint8Array<ArrayBuffer> {
  return peBytes(goodPe({ imports: WINDOWS_IMPORTS.pause, ...changes }));
}

/** A file of a layer for Windows, with all that it is to have. */
export function windowsFile(path: string, bytes: Uint8Array = new Uint8Array()): File {
  return { path, bytes, attributes: RECORDS };
}

/** The same of a folder. */
export function windowsFolder(path: string): File {
  return { path, type: "directory", mode: 0o755, attributes: RECORDS };
}

/** The files of a good image's one layer. */
export function windowsLayer(): File[] {
  return [
    windowsFolder("Hives"),
    windowsFolder("Files"),
    windowsFolder("Files/Windows"),
    windowsFolder("Files/Windows/System32"),
    windowsFile(PATHS.pause, pauseExe()),
    windowsFile(PATHS.wincat, pauseExe()),
    windowsFile(PATHS.diagtrack, new TextEncoder().encode("FROM windows\n")),
  ];
}

/** The layer with other files in place of those of the same path; null takes one away. */
export function withFiles(changes: Readonly<Record<string, File | null>>): Recipe {
  const kept = windowsLayer().flatMap((file) => {
    const change = changes[file.path];
    return change === null ? [] : [change ?? file];
  });
  const known = new Set(windowsLayer().map(({ path }) => path));
  const more = Object.entries(changes).flatMap(([path, file]) =>
    file === null || known.has(path) ? [] : [file]
  );
  return windowsImage({ layers: [[...kept, ...more]] });
}

const ENTRY = ["/pause.exe"];
const PATH = "PATH=C:\\Windows\\system32;C:\\Windows;";

/** An image for Windows with nothing wrong in it, but for the changes. */
export function windowsImage(changes: Partial<Recipe> = {}): Recipe {
  return {
    platform: { os: "windows", architecture: "amd64", "os.version": "10.0.20348.3207" },
    layers: [windowsLayer()],
    ...changes,
    config: (config) => {
      config.config = { User: "ContainerUser", Entrypoint: ENTRY, Env: [PATH] } satisfies Json;
      changes.config?.(config);
    },
  };
}

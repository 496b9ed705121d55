import { Buffer } from "node:buffer";

/** Who is meant: what follows the revision in a SID, its authority and its parts. */
const SID = {
  administrators: [5, 32, 544],
  system: [5, 18],
  users: [5, 32, 545],
  creator: [3, 0],
} as const;

/** What may be done, as bits of an access mask. */
const MAY = {
  all: 0x1f01ff,
  readAndRun: 0x1200a9,
  addFolders: 0x4,
  addFiles: 0x2,
  /** Everything, in the words that the kind of the heir gives it. */
  generic: 0x10000000,
} as const;

/** What becomes of an entry below a folder: files get it, folders get it, the folder itself does not. */
const HEIRS = { none: 0, files: 1, folders: 2, only: 8 } as const;
const ALL_HEIRS = HEIRS.files | HEIRS.folders;

type Allowance = readonly [who: keyof typeof SID, may: keyof typeof MAY, heirs: number];

const ALLOWANCES: Readonly<Record<"file" | "folder", readonly Allowance[]>> = {
  /** Administrators and the system do what they like; users read and run. */
  file: [
    ["administrators", "all", HEIRS.none],
    ["system", "all", HEIRS.none],
    ["users", "readAndRun", HEIRS.none],
  ],
  /** The same for all that is below, which users may add to, and own what they add. */
  folder: [
    ["administrators", "all", ALL_HEIRS],
    ["system", "all", ALL_HEIRS],
    ["administrators", "all", HEIRS.none],
    ["creator", "generic", ALL_HEIRS | HEIRS.only],
    ["users", "readAndRun", ALL_HEIRS],
    ["users", "addFolders", HEIRS.folders],
    ["users", "addFiles", HEIRS.folders],
  ],
};

/** Self-relative, with a list of who may, and without one of what is logged. */
const CONTROL = 0x8004;
const HEADER_SIZE = 20;

/**
 * The security descriptor, in base64, that BuildKit gives a file or a folder of a Windows layer made
 * where there is no Windows: owned by the administrators, group of the system. Without one, nobody
 * but administrators may start a program.
 *
 * In Windows' own notation: `O:BAG:SYD:(A;;FA;;;BA)(A;;FA;;;SY)(A;;0x1200a9;;;BU)` for files, and
 * for folders `O:BAG:SYD:(A;OICI;FA;;;BA)(A;OICI;FA;;;SY)(A;;FA;;;BA)(A;OICIIO;GA;;;CO)`
 * `(A;OICI;0x1200a9;;;BU)(A;CI;LC;;;BU)(A;CI;DC;;;BU)`.
 *
 * @see https://learn.microsoft.com/openspecs/windows_protocols/ms-dtyp/7d4dac05-9cef-4563-a058-f108abecce1d
 * @see https://github.com/moby/buildkit/blob/master/util/winlayers/differ.go
 */
export function securityDescriptor(kind: "file" | "folder"): string {
  const owner = sid("administrators");
  const group = sid("system");
  const header = Buffer.alloc(HEADER_SIZE);
  header.writeUInt8(1, 0);
  header.writeUInt16LE(CONTROL, 2);
  header.writeUInt32LE(HEADER_SIZE, 4);
  header.writeUInt32LE(HEADER_SIZE + owner.length, 8);
  header.writeUInt32LE(HEADER_SIZE + owner.length + group.length, 16);
  return Buffer.concat([header, owner, group, list(ALLOWANCES[kind])]).toString("base64");
}

function list(allowances: readonly Allowance[]): Buffer {
  const entries = Buffer.concat(allowances.map(allowance));
  const header = Buffer.alloc(8);
  header.writeUInt8(2, 0);
  header.writeUInt16LE(header.length + entries.length, 2);
  header.writeUInt16LE(allowances.length, 4);
  return Buffer.concat([header, entries]);
}

function allowance([who, may, heirs]: Allowance): Buffer {
  const whom = sid(who);
  const header = Buffer.alloc(8);
  header.writeUInt8(heirs, 1);
  header.writeUInt16LE(header.length + whom.length, 2);
  header.writeUInt32LE(MAY[may], 4);
  return Buffer.concat([header, whom]);
}

function sid(who: keyof typeof SID): Buffer {
  const [authority, ...parts] = SID[who];
  const bytes = Buffer.alloc(8 + 4 * parts.length);
  bytes.writeUInt8(1, 0);
  bytes.writeUInt8(parts.length, 1);
  bytes.writeUIntBE(authority, 2, 6);
  for (const [at, part] of parts.entries()) bytes.writeUInt32LE(part, 8 + 4 * at);
  return bytes;
}

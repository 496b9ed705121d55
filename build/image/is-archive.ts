/** The first bytes of what gzip, bzip2, xz and zstd write. */
const COMPRESSED: readonly (readonly number[])[] = [
  [0x1f, 0x8b, 0x08],
  [0x42, 0x5a, 0x68],
  [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00],
  [0x28, 0xb5, 0x2f, 0xfd],
];

/** Whether ADD of other builders might unpack this file: it is compressed, or a tar archive. */
export function isArchive(bytes: Uint8Array): boolean {
  return COMPRESSED.some((start) => start.every((byte, at) => bytes[at] === byte)) ||
    isTar(bytes.subarray(0, 512));
}

/**
 * A tar header is known by its checksum: the sum of its bytes, with blanks where the sum stands.
 * @see https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html#tag_20_94_13_06
 */
function isTar(header: Uint8Array): boolean {
  const CHECKSUM = { start: 148, end: 156 } as const;
  if (header.length < 512) return false;
  const written = new TextDecoder().decode(header.subarray(CHECKSUM.start, CHECKSUM.end));
  const sum = header.reduce(
    (sum, byte, at) => sum + (at >= CHECKSUM.start && at < CHECKSUM.end ? 0x20 : byte),
    0,
  );
  return /^[ \0]*[0-7]+[ \0]*$/.test(written) &&
    Number.parseInt(written.replaceAll("\0", " "), 8) === sum;
}

/** A version of Windows that there are images for. */
export interface WindowsVersion {
  /** Its name in tags, as upstream's OSVERSION has it. */
  readonly name: string;
  /** What the os.version of an image for it begins with. Which update it is, only the base says. */
  readonly build: string;
}

/**
 * From the oldest to the newest, as they stand in the list.
 * @see https://learn.microsoft.com/windows-server/get-started/windows-server-release-info
 */
export const WINDOWS_VERSIONS: readonly WindowsVersion[] = [
  { name: "1809", build: "10.0.17763" },
  { name: "ltsc2022", build: "10.0.20348" },
  { name: "ltsc2025", build: "10.0.26100" },
];

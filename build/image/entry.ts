/** A file, folder or symbolic link. */
export type Entry =
  & {
    /** Where it is; its parts are joined by `/`. */
    readonly path: string;
    /** Permission bits, set-uid, set-gid and sticky included. */
    readonly mode: number;
  }
  & (
    | { readonly kind: "folder" }
    | { readonly kind: "file"; readonly bytes: Uint8Array }
    | { readonly kind: "link"; readonly to: string }
  );

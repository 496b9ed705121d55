import { copyFile, mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { editFile } from "../../build/runtimes/edit-file.ts";
import { pinImage } from "../../build/runtimes/image.ts";
import { CONFIG } from "../../build/terminal/manual/config.ts";
import { parseWords } from "../../build/terminal/options.ts";
import { DIGEST, runtimeNamed } from "./files.ts";

/** Does what the fix says, with a registry that has every image under one digest. */
export async function mend(fix: string): Promise<void> {
  const [, from, to, config = fix] = /^install -Dm 644 (\S+) (\S+) && (.*)$/.exec(fix) ?? [];
  if (from !== undefined && to !== undefined) {
    await mkdir(dirname(to), { recursive: true });
    await copyFile(from, to);
  }
  const [, , name = "", ...words] = config.split(" ");
  const { values } = parseWords(CONFIG, words);
  const { write = "", remove } = values;
  const runtime = runtimeNamed(name);
  const { tag, digest, name: bare, ...image } = await pinImage(values.image ?? "none", {
    offline: true,
    plainHttp: values.insecure === true,
  });
  const pinned = {
    ...image,
    name: bare,
    digest: digest ?? DIGEST,
    pinned: `${bare}@${digest ?? DIGEST}`,
    ...(tag !== undefined && { tag }),
  };
  await editFile(runtime, remove ? undefined : pinned, write);
}

import { flipped } from "../../../support/registry/alterations.ts";
import { always, at, once, type Row, TRANSIENT } from "./row.ts";

/** From one repository of a registry to another, which mounts nothing: each blob is read and written. */
const copy = "copy" as const;
const habits = { mounts: false };

export const COPY_ROWS: readonly Row[] = [
  ...TRANSIENT.flatMap(([fault, what]) =>
    at(["GET manifest", "GET blob", "PUT upload", "PUT manifest"], {
      act: copy,
      fault: `${fault}, once`,
      order: once(what),
      habits,
      expect: "success",
    })
  ),
  {
    act: copy,
    fault: "cut after 40 bytes of the answer, once",
    where: "GET blob",
    order: once({ cutAfter: 40 }),
    habits,
    expect: "success",
  },
  ...at(["GET manifest", "GET blob"], {
    act: copy,
    fault: "one bit is another",
    order: always({ alter: flipped() }),
    habits,
    expect: "verification",
  }),
  {
    act: copy,
    fault: "no answer, ever",
    where: "GET blob",
    order: always({ silence: true }),
    habits,
    expect: "registry",
    message: /it stopped answering/,
  },
];

import { OWNER } from "../../build/host/owner.ts";

/** No Linux has a process of this number: pid_max is at most 2^22. */
const FREE_NUMBER = 4_194_305;

/** The owner's name of a process of this machine that has ended. */
export function deadOwner(): string {
  return `${FREE_NUMBER}-${OWNER.split("-")[1]}`;
}

/** The owner's name of a process of another machine. */
export function foreignOwner(): string {
  const mark = OWNER.split("-")[1] ?? "";
  return `${FREE_NUMBER}-${mark === "00000000" ? "11111111" : "00000000"}`;
}

import type { Budget, Figure } from "../figure.ts";
import type { Findings } from "./findings.ts";
import { PER_ORPHANS, perOrphans, switchesOf } from "./table.ts";

/** KiB. */
const PSS: Budget = { at: "most", value: 12 };
const NONE: Budget = { at: "most", value: 0 };

/**
 * What README may claim of our program.
 *
 * @param findings ours first, then the peers'
 */
export function figuresOf([ours, ...peers]: readonly [Findings, ...Findings[]]): Figure[] {
  const named = (name: string): Findings | undefined => peers.find((peer) => peer.name === name);
  const times = (what: string, peer: string, value: (of: Findings) => number): Figure[] => {
    const found = named(peer);
    return found
      ? [{ what: `${what}: ${peer} ÷ ours`, value: value(found) / value(ours), unit: "×" }]
      : [];
  };
  const { asleep, idle, reaping, endurance = reaping } = ours;
  const reaped = PER_ORPHANS.toLocaleString("en");
  const all = endurance.orphans.toLocaleString("en");
  return [
    { what: "pause asleep, PSS", value: asleep.pss.mean, unit: "KiB", budget: PSS },
    ...times("PSS", "glibc", (of) => of.asleep.pss.mean),
    ...times("PSS", "catatonit", (of) => of.asleep.pss.mean),
    ...times("from exec to asleep", "glibc", (of) => of.start.time.median),
    {
      what: `pause idle for ${idle.seconds} s`,
      value: switchesOf(ours),
      unit: "wake-ups",
      budget: NONE,
    },
    {
      what: `pause with ${reaped} orphans`,
      value: perOrphans(ours, reaping.voluntary),
      unit: "wake-ups",
      budget: NONE,
    },
    { what: `pause after ${all} orphans`, value: endurance.zombies, unit: "zombies", budget: NONE },
  ];
}

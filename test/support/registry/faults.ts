import type { Answered } from "./answer.ts";
import type { Route } from "./route.ts";

/** What goes wrong with one request. */
export type Fault =
  /** Another answer; the request has no effect. `early`: before the request's body was read. */
  | Answered & { readonly early?: true }
  /** The answer is made and then changed: see alterations.ts. */
  | { readonly alter: (answer: Answered) => Answered }
  /** The connection is cut: before the request has an effect, or after. */
  | { readonly reset: "before" | "after" }
  /** The connection is cut once so many bytes of the request's body have come. */
  | { readonly cutUpload: number }
  /** So many bytes of the answer's body are sent, then the connection is cut. */
  | { readonly cutAfter: number }
  /** The answer's body comes in pieces of so many bytes, so many milliseconds apart. */
  | { readonly drip: number; readonly every: number }
  /** Sent on: to the storage, which answers in place of the registry; in circles; or to any address. */
  | { readonly redirect: "elsewhere" | "circle" | URL; readonly status?: number }
  /** The answer comes so many milliseconds late. */
  | { readonly delay: number }
  /** There is never an answer. */
  | { readonly silence: true }
  /** A refusal with this status, whose words repeat the request: address, query and Authorization. */
  | { readonly echo: number };

export interface FaultOrder {
  readonly route: Route;
  /** @default any */
  readonly method?: string;
  /** Which request of that route and method is hit, counted from when the fault was ordered. @default 1 */
  readonly nth?: number;
  /** How many in a row are hit. @default 1 */
  readonly times?: number;
  readonly fault: Fault;
}

export interface Faults {
  order(order: FaultOrder): void;
  /** The fault for a request that has come, if one was ordered. */
  next(route: Route, method: string): Fault | undefined;
}

export function faults(): Faults {
  const orders: { order: FaultOrder; seen: number }[] = [];
  return {
    order: (order) => orders.push({ order, seen: 0 }),
    next(route, method) {
      let hit: Fault | undefined;
      for (const entry of orders) {
        const { order } = entry;
        if (order.route !== route || (order.method ?? method) !== method) continue;
        entry.seen++;
        const { nth = 1, times = 1 } = order;
        if (entry.seen >= nth && entry.seen < nth + times) hit ??= order.fault;
      }
      return hit;
    },
  };
}

import { test } from "uvu";
import type { Store } from "../../../build/store/store.ts";
import { registryStore } from "../../../build/store/registry/registry.ts";
import { type RegistryOptions, type TestRegistry, withRegistry } from "../../support/registry.ts";
import type { Bench } from "../bench.ts";
import { IMPATIENT } from "./open.ts";
import { storeBehaviour } from "../behaviour.ts";
import { DELETIONS, TAG_DELETIONS } from "../deletion-behaviour.ts";

/** A bench whose registry lives until it is disposed of. */
function bench(options: RegistryOptions): Promise<Bench> {
  return new Promise((resolve, reject) => {
    withRegistry(options, (registry) =>
      new Promise<void>((dispose) => {
        const open = (): Store => storeOn(registry);
        resolve({
          store: open(),
          reopen: () => Promise.resolve(open()),
          dispose: () => Promise.resolve(dispose()),
        });
      })).catch(reject);
  });
}

function storeOn({ host }: TestRegistry): Store {
  return registryStore({ host, repository: "k8s/pause" }, { retry: IMPATIENT });
}

storeBehaviour("registry", () => bench({}));
storeBehaviour(
  "registry without referrers API, relative addresses, storage elsewhere",
  () => bench({ referrersApi: false, absoluteLocations: false, redirectBlobs: true, pageLimit: 2 }),
);

storeBehaviour("registry", () => bench({ deletion: "tags too" }), {
  ...DELETIONS,
  ...TAG_DELETIONS,
});
storeBehaviour(
  "registry without referrers API",
  () => bench({ referrersApi: false }),
  DELETIONS,
);

test.run();

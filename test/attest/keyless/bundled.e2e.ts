import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { onBothRuntimes } from "../../store/registry/http/both-runtimes.ts";
import { AUTHORITY } from "../../support/certificates.ts";
import { withConnectProxy } from "../../support/connect-proxy.ts";
import { withFolder } from "../../support/folder.ts";
import { jobWith, withSigstore, WORKFLOW } from "../../support/sigstore/services.ts";

test("in bundles, Sigstore's packages ask by our sockets: by the proxy, and whom SSL_CERT_FILE trusts", async () => {
  await withFolder((folder) =>
    withConnectProxy({}, (proxy) =>
      withSigstore({ tls: true }, async (sigstore) => {
        const [root, authority] = [join(folder, "root.json"), join(folder, "ca.pem")];
        await writeFile(root, sigstore.root);
        await writeFile(authority, AUTHORITY);
        const env = {
          ...jobWith(sigstore),
          HTTPS_PROXY: `http://${proxy.host}`,
          NO_PROXY: "",
          SSL_CERT_FILE: authority,
          DENO_NO_UPDATE_CHECK: "1",
        };
        const path = "test/attest/keyless/program.ts";
        await onBothRuntimes(path, async (start, runtime) => {
          const before = proxy.asked.length;
          assert.is((await start([root])).trim(), WORKFLOW, runtime);
          const asked = new Set(proxy.asked.slice(before));
          assert.equal([...asked], [
            `CONNECT ${sigstore.services.fulcio.slice("https://".length)}`,
          ]);
        }, env);
        for (const path of ["/token", "/api/v2/signingCert", "/api/v1/log/entries"]) {
          const times = sigstore.asked.filter((request) => request.endsWith(path)).length;
          assert.ok(times >= 2, path);
        }
      }))
  );
});

test.run();

import { test } from "uvu";
import * as assert from "uvu/assert";
import { openNetwork } from "../../../../build/store/registry/http/network.ts";
import { RETRY } from "../../../../build/store/registry/http/retry.ts";
import {
  askService,
  type ServiceAnswer,
  type ServiceOptions,
} from "../../../../build/store/registry/http/service.ts";
import { failsWith } from "../../../support/fails.ts";
import { withHttpServer } from "../../../support/http-server.ts";

const ask = (host: string, more: Partial<ServiceOptions> = {}): Promise<ServiceAnswer> =>
  askService({ method: "GET", url: new URL(`http://${host}/ask?secret=query`) }, {
    task: "ask it",
    network: openNetwork({ env: {} }),
    retry: { ...RETRY, firstDelay: 1 },
    ...more,
  });

test("a service gets its authorization, and where it sends us does not", async () => {
  const seen: (string | undefined)[] = [];
  await withHttpServer((request, response) => {
    seen.push(request.headers.authorization);
    response.end("here");
  }, ({ host: other }) =>
    withHttpServer((request, response) => {
      seen.push(request.headers.authorization);
      response.writeHead(302, { location: `http://${other}/` }).end();
    }, async ({ host }) => {
      const { bytes } = await ask(host, { authorization: "Bearer hunter2" });
      assert.is(new TextDecoder().decode(bytes), "here");
    }));
  assert.equal(seen, ["Bearer hunter2", undefined]);
});

test("an answer is given back whatever its status, busy services are asked again", async () => {
  let times = 0;
  await withHttpServer((_, response) => {
    response.writeHead(++times < 3 ? 503 : 418).end("words");
  }, async ({ host }) => {
    const { status, bytes } = await ask(host);
    assert.equal([status, new TextDecoder().decode(bytes), times], [418, "words", 3]);
  });
});

test("an answer that is too long is refused", async () => {
  await withHttpServer((_, response) => void response.end("x".repeat(101)), async ({ host }) => {
    await failsWith(["verification"], () => ask(host, { largest: 100 }));
    assert.is((await ask(host, { largest: 101 })).bytes.length, 101);
  });
});

test("what is said of a service that is not there is about a service, and has no secret", async () => {
  const gone = await withHttpServer(() => {}, ({ host }) => Promise.resolve(host));
  const asking = (): Promise<unknown> => ask(gone, { authorization: "Bearer hunter2" });
  const { message } = await failsWith(["registry"], asking);
  assert.match(message, /^Cannot ask it: nothing listens there .* that the service runs\.$/);
  assert.not.match(message, /hunter2|query/);
});

test.run();

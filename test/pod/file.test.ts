import { test } from "uvu";
import * as assert from "uvu/assert";
import { expand } from "../../build/pod/expand.ts";
import { type Pod, readPodFile } from "../../build/pod/file.ts";
import { failsWith } from "../support/fails.ts";

const read = (text: string): Pod => readPodFile(new TextEncoder().encode(text), "web.yaml");

const WHOLE = `apiVersion: v1
kind: Pod
metadata:
  name: web
spec:
  shareProcessNamespace: true
  containers:
    - name: app
      image: a:1
      ports:
        - { name: http, containerPort: 80, hostPort: 8080 }
`;

/** A change to the manifest, where it is wrong, and what is said. */
const WRONG: readonly (readonly [from: string, to: string, said: string])[] = [
  [
    "  containers:",
    "  volumes: []\n  containers:",
    "7:3: spec.volumes: The field volumes is not done here",
  ],
  [
    "      image: a:1",
    "      image: a:1\n      imagePullPolicy: Never",
    "10:7: spec.containers[0].imagePullPolicy: The field imagePullPolicy is not",
  ],
  [
    "      image: a:1",
    "      imge: a:1",
    '9:7: spec.containers[0].imge: The field imge is not done here. Did you mean "image"?',
  ],
  ["      image: a:1\n", "", "8:7: spec.containers[0]: It lacks image."],
  [
    "      image: a:1",
    "      image: a:1\n      toString: x",
    "10:7: spec.containers[0].toString: The field toString is not",
  ],
  ["v1\n", "apps/v1\n", '1:13: apiVersion: Found "apps/v1". Expected: v1.'],
  ["kind: Pod", "kind: Deployment", '2:7: kind: Found "Deployment". Expected: Pod.'],
  ["name: web", "name: Web_1", '4:9: metadata.name: Found "Web_1". Expected: a name'],
  [
    "name: web",
    "name: 7",
    '4:9: metadata.name: Found the number 7. Expected: a name of at most 63 of a-z, 0-9 and -, such as web. Where a text is meant, write it in quotes: "7".',
  ],
  ["true", '"yes"', '6:26: spec.shareProcessNamespace: Found "yes". Expected: true or false.'],
  [
    "hostPort: 8080",
    "hostPort: 65536",
    "11:54: spec.containers[0].ports[0].hostPort: Found the number 65536. Expected: a port, 1 to 65535.",
  ],
  ["hostPort: 8080", "hostPort: 80.5", "Found the number 80.5"],
  ["image: a:1", "image: --privileged", 'Found "--privileged". Expected: the name of an image.'],
  ["hostPort: 8080", "hostIP: 127.0.0.256", 'Found "127.0.0.256". Expected: an IP address.'],
  ["hostPort: 8080", 'hostIP: "::g"', 'Found "::g". Expected: an IP address.'],
  [
    "image: a:1",
    'image: a:1\n      command: ["", x]',
    "10:17: spec.containers[0].command[0]: It names no program.",
  ],
  ["hostPort: 8080", "protocol: tcp", "Expected: TCP, UDP or SCTP."],
  [
    "image: a:1",
    "image: a:1\n      command: sleep 1",
    '10:16: spec.containers[0].command: Found "sleep 1". Expected: a list of texts.',
  ],
  [
    "image: a:1",
    "image: a:1\n      env: [{ name: A, valueFrom: {} }]",
    "env[0].valueFrom: The field valueFrom is not",
  ],
  [
    "image: a:1",
    "image: b:1\n    - name: app\n      image: a:1",
    "10:13: spec.containers[1].name: There is a container app already.",
  ],
  [
    "hostPort: 8080 }",
    "hostPort: 8080 }\n        - { containerPort: 81, hostPort: 8080 }",
    "There is a hostPort 8080/TCP already.",
  ],
  ["kind: Pod", "kind: [Pod", "it is not indented"],
  ["kind: Pod", "kind: Pod\nkind: Pod", "3:1: The key is there already"],
  [WHOLE, "", "Found nothing. Expected: a Pod."],
];

for (const [from, to, said] of WRONG) {
  test(`a manifest is refused: ${said}`, async () => {
    const text = WHOLE.replace(from, to);
    assert.is.not(text, WHOLE);
    const error = await failsWith(["usage"], () => read(text));
    assert.match(error.message, /^Cannot use the pod's manifest web\.yaml/);
    assert.ok(error.message.toLowerCase().includes(said.toLowerCase()), error.message);
    assert.is(error.where[0]?.file, "web.yaml");
  });
}

test("all that is wrong with a manifest is told at once, in the order of the file", async () => {
  const text = WHOLE.replace("v1", "v2").replace("image: a:1", "image: a:1\n      tty: true");
  const error = await failsWith(["usage"], () => read(text));
  assert.match(error.message, /2 things are wrong/);
  assert.equal(error.where.map(({ line }) => line), [1, 10]);
});

test("a manifest says what it does not say as Kubernetes takes it", () => {
  assert.equal(read(WHOLE), {
    name: "web",
    shareProcessNamespace: true,
    restartPolicy: "Always",
    hostAliases: [],
    containers: [{
      name: "app",
      image: "a:1",
      args: [],
      env: [],
      ports: [{ containerPort: 80, protocol: "TCP", hostPort: 8080 }],
    }],
  });
});

test("a manifest may be JSON", () => {
  const pod = { apiVersion: "v1", kind: "Pod", metadata: { name: "j" }, spec: { containers: [] } };
  assert.throws(() => read(JSON.stringify(pod)), /an empty list/);
  const containers = [{ name: "a", image: "b" }];
  assert.is(read(JSON.stringify({ ...pod, spec: { containers } })).name, "j");
});

test("variables are put in where they are known, and a doubled dollar sign is one", () => {
  const variables = new Map([["A", "1"], ["B", "$(A)"]]);
  const texts = { "$(A)": "1", "$$(A)": "$(A)", "$(C)": "$(C)", "$(B)": "$(A)", "$A $": "$A $" };
  for (const [text, expected] of Object.entries(texts)) {
    assert.is(expand(text, variables), expected);
  }
});

test.run();

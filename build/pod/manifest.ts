import { fits, type Shape } from "./shape.ts";

type Fields = Readonly<Record<string, Shape>>;

const text = (expected: string, matches?: RegExp | ((text: string) => boolean)): Shape => ({
  is: "text",
  expected,
  ...(matches && { matches }),
});
const list = (expected: string, of: Shape, least = 0): Shape => ({
  is: "list",
  expected,
  of,
  least,
});
const mapping = (expected: string, fields: Fields, ...needs: string[]): Shape => ({
  is: "mapping",
  expected,
  fields,
  needs,
});

/** RFC 1123: what Kubernetes takes for a container's name, and for a pod's as its host name. */
const NAME = text(
  "a name of at most 63 of a-z, 0-9 and -, such as web",
  /^(?=.{1,63}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?$/,
);

/** Whether a pod may be called so. */
export function isPodName(word: string): boolean {
  return fits(NAME, word);
}

const WORDS = list("a list of texts", text("a text"));
const PORT: Shape = { is: "number", least: 1, most: 65_535, expected: "a port, 1 to 65535" };
const ADDRESS = text("an IP address", isAddress);

/** The grammar of addresses is that of URLs, which write those of version 4 in one way. */
function isAddress(text: string): boolean {
  if (/^[\d.]+$/.test(text)) {
    return URL.canParse(`http://${text}`) && new URL(`http://${text}`).hostname === text;
  }
  return /^[\da-fA-F:.]+$/.test(text) && URL.canParse(`http://[${text}]`);
}

const CONTAINER = mapping(
  "a container",
  {
    name: NAME,
    image: text("the name of an image", /^[^\s-]\S*$/),
    command: WORDS,
    args: WORDS,
    env: list(
      "a list of variables",
      mapping(
        "name and value",
        { name: text("a variable's name", /^[^=\0\s]+$/), value: text("a text") },
        "name",
      ),
    ),
    ports: list(
      "a list of ports",
      mapping(
        "a port",
        {
          name: text("a text"),
          containerPort: PORT,
          hostPort: PORT,
          hostIP: ADDRESS,
          protocol: text("TCP, UDP or SCTP", /^(TCP|UDP|SCTP)$/),
        },
        "containerPort",
      ),
    ),
    workingDir: text("an absolute path", /^\//),
  },
  "name",
  "image",
);

/** The part of Kubernetes' Pod, v1, that is done here. What is not in it is refused by name. */
export const POD_SHAPE: Shape = mapping(
  "a Pod",
  {
    apiVersion: text("v1", /^v1$/),
    kind: text("Pod", /^Pod$/),
    metadata: mapping("a mapping with name", { name: NAME }, "name"),
    spec: mapping(
      "a mapping with containers",
      {
        containers: list("one container or more", CONTAINER, 1),
        shareProcessNamespace: { is: "truth", expected: "true or false" },
        hostAliases: list(
          "a list of addresses with their names",
          mapping(
            "ip and hostnames",
            {
              ip: ADDRESS,
              hostnames: list("a list of host names", text("a host name", /^[\w][\w.-]*$/)),
            },
            "ip",
            "hostnames",
          ),
        ),
        restartPolicy: text("Always, OnFailure or Never", /^(Always|OnFailure|Never)$/),
      },
      "containers",
    ),
  },
  "apiVersion",
  "kind",
  "metadata",
  "spec",
);

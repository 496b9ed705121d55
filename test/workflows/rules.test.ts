import { readFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  EXAMPLES,
  OURS,
  readAction,
  readWorkflow,
  workflowsIn,
} from "../support/workflow/workflow.ts";
import { type Rule, RULES, type Surroundings } from "./rules.ts";

const { tasks } = JSON.parse(readFileSync("deno.json", "utf8")) as { tasks: object };
const WORKFLOWS = [...workflowsIn(OURS), ...workflowsIn(EXAMPLES)];
const AROUND: Surroundings = {
  action: readAction(),
  tasks: Object.keys(tasks),
  workflows: WORKFLOWS,
};

test("there are the workflows that we promise", () => {
  assert.equal(WORKFLOWS.map(({ path }) => path), [
    ".github/workflows/audit.yml",
    ".github/workflows/check-dist.yml",
    ".github/workflows/ci.yml",
    ".github/workflows/mirror.yml",
    ".github/workflows/release.yml",
    "examples/workflows/nightly-mirror.yml",
    "examples/workflows/private-registry.yml",
    "examples/workflows/release.yml",
  ]);
});

for (const { name, find } of RULES) {
  test(name, () => {
    const broken = WORKFLOWS.flatMap((workflow) =>
      find(workflow, AROUND).map((what) => `${workflow.path}: ${what}`)
    );
    assert.equal(broken, []);
  });
}

const SHA = "0123456789abcdef0123456789abcdef01234567";

/** A workflow that keeps every rule, with a step and with whatever else is given. */
const workflow = (step: string, rest: Partial<Record<"on" | "top" | "job", string>> = {}): string =>
  `on: ${rest.on ?? "push"}
${rest.top ?? "permissions: {}\nconcurrency: { group: x }"}
jobs:
  first:
    runs-on: ubuntu-24.04
    ${rest.job ?? "timeout-minutes: 5"}
    steps:
      - id: one
        ${step.replaceAll("\n", "\n        ")}
`;

const CALLEE = `on:
  workflow_call:
    inputs:
      name: { type: string }
jobs:
  only:
    permissions:
      contents: read
    steps:
      - run: echo "\${{ inputs.name }}"
`;

const caller = (job: string): string =>
  `on: push
permissions: {}
concurrency: { group: x }
jobs:
  first:
    ${job}
`;

const SMALL: Surroundings = {
  action: {
    inputs: { command: { required: true }, image: {} },
    outputs: { digest: {} },
  },
  tasks: ["test"],
  workflows: [readWorkflow(".github/workflows/callee.yml", CALLEE)],
};

/** What each rule finds in a workflow that breaks it, and nothing in the one beside it. */
const BROKEN: readonly {
  readonly rule: string;
  readonly bad: Readonly<Record<string, string>>;
  readonly good: string;
}[] = [
  {
    rule: "an action is named by its commit, with its version beside it",
    bad: {
      "actions/checkout@v7": workflow("uses: actions/checkout@v7"),
      [`actions/checkout@${SHA}`]: workflow(`uses: actions/checkout@${SHA}`),
      [`actions/checkout@${SHA} # v7`]: workflow(`uses: actions/checkout@${SHA} # v7`),
      "docker://alpine": workflow("uses: docker://alpine"),
    },
    good: workflow(`uses: actions/checkout@${SHA} # v7.0.1`),
  },
  {
    rule: "a container is named by its digest",
    bad: {
      "debian:12": workflow("run: make", {
        job: "timeout-minutes: 5\n    container: { image: debian:12 }",
      }),
    },
    good: workflow("run: make", {
      job: `timeout-minutes: 5\n    container: { image: "debian:12@sha256:${SHA}${
        SHA.slice(16)
      }" }`,
    }),
  },
  {
    rule: "nothing is permitted but what a job names",
    bad: {
      "permissions: {} is not on top": workflow("run: make", { top: "concurrency: { group: x }" }),
      "first: write-all": workflow("run: make", { job: "permissions: write-all" }),
    },
    good: workflow("run: make"),
  },
  {
    rule: "a permission to write says what for",
    bad: {
      "contents: write": workflow("run: make", {
        job: "permissions:\n      contents: write\n    timeout-minutes: 5",
      }),
    },
    good: workflow("run: make", {
      job: "permissions:\n      contents: write # the tag\n    timeout-minutes: 5",
    }),
  },
  {
    rule: "a job ends in time",
    bad: {
      first: workflow("run: make", { job: "timeout-minutes: 360" }),
    },
    good: workflow("run: make"),
  },
  {
    rule: "runs of a workflow do not overlap",
    bad: { "there is no concurrency": workflow("run: make", { top: "permissions: {}" }) },
    good: workflow("run: make", { on: "{ workflow_call: {} }", top: "permissions: {}" }),
  },
  {
    rule: "code of strangers never runs with our rights",
    bad: { pull_request_target: workflow("run: make", { on: "{ pull_request_target: {} }" }) },
    good: workflow("run: make", { on: "{ pull_request: {} }" }),
  },
  {
    rule: "a script gets values by its environment, never as a part of itself",
    bad: {
      "echo ${{ github.event.issue.title }}": workflow("run: echo ${{ github.event.issue.title }}"),
      "echo ${{ inputs.name }}": workflow("run: echo ${{ inputs.name }}"),
    },
    good: workflow('run: echo "$TITLE"\nenv: { TITLE: "${{ github.event.issue.title }}" }'),
  },
  {
    rule: "a checkout leaves no token behind",
    bad: {
      [`actions/checkout@${SHA}`]: workflow(`uses: actions/checkout@${SHA} # v7.0.1`),
    },
    good: workflow(
      `uses: actions/checkout@${SHA} # v7.0.1\nwith: { persist-credentials: false }`,
    ),
  },
  {
    rule: "a script starts tasks that there are",
    bad: { tset: workflow("run: npx deno task tset") },
    good: workflow("run: npx deno task test --unit"),
  },
  {
    rule: "a script names files that there are",
    bad: {
      ".ci/walk": workflow("run: .ci/walk"),
      "test/runn.ts": workflow("run: deno run -A test/runn.ts | tee log"),
    },
    good: workflow("run: ./make test && .ci/run && test/setup.sh"),
  },
  {
    rule: "our action gets inputs that it has, and all that it needs",
    bad: {
      "./: there is no input imgae": workflow("uses: ./\nwith: { command: push, imgae: x }"),
      "pause-image/pause-image@v0: command is missing": workflow(
        "uses: pause-image/pause-image@v0\nwith: { image: x }",
      ),
    },
    good: workflow("uses: ./.pause-image\nwith: { command: push, image: x }"),
  },
  {
    rule: "outputs that are read are there",
    bad: {
      "first: one.digset": workflow("uses: ./\nwith: { image: '${{ steps.one.outputs.digset }}' }"),
      "first: two.digest": workflow("uses: ./\nwith: { image: '${{ steps.two.outputs.digest }}' }"),
      "first: zeroth.digest": workflow("uses: ./\nif: needs.zeroth.outputs.digest != ''"),
    },
    good: workflow("uses: ./\nwith: { image: '${{ steps.one.outputs.digest }}' }"),
  },
  {
    rule: "inputs and secrets that are read are there, and those that are there are read",
    bad: {
      "nmae is read and is no input": workflow("uses: ./\nwith: { image: '${{ inputs.nmae }}' }", {
        on: "{ workflow_call: {} }",
      }),
      "name is an input and is not read": workflow("uses: ./", {
        on: "{ workflow_dispatch: { inputs: { name: { type: string } } } }",
      }),
      "key is a secret and is not read": workflow("uses: ./", {
        on: "{ workflow_call: { secrets: { key: { required: true } } } }",
      }),
    },
    good: workflow("uses: ./\nwith: { image: '${{ inputs.name }}' }", {
      on: "{ workflow_call: { inputs: { name: { type: string } } } }",
    }),
  },
  {
    rule: "a job that calls a workflow gives it what it takes, and no right that it lacks",
    bad: {
      "first: ./.github/workflows/none.yml is not there": caller(
        "uses: ./.github/workflows/none.yml",
      ),
      "first: it wants contents: read": caller("uses: ./.github/workflows/callee.yml"),
      "first: there is no input nmae": caller(
        "uses: ./.github/workflows/callee.yml\n    permissions: { contents: read }\n" +
          "    with: { nmae: x }",
      ),
      "first: it gets all secrets": caller(
        "uses: ./.github/workflows/callee.yml\n    permissions: { contents: read }\n" +
          "    secrets: inherit",
      ),
    },
    good: caller("uses: ./.github/workflows/callee.yml\n    permissions: { contents: read }"),
  },
];

const findIn = ({ find }: Rule, text: string): readonly string[] =>
  find(readWorkflow("bad.yml", text), SMALL);

for (const { rule: name, bad, good } of BROKEN) {
  test(`a workflow that breaks it is found: ${name}`, () => {
    const rule = RULES.find((rule) => rule.name === name);
    assert.ok(rule);
    for (const [found, text] of Object.entries(bad)) assert.equal(findIn(rule, text), [found]);
    assert.equal(findIn(rule, good), []);
  });
}

test("an action with another commit than elsewhere is found", () => {
  const rule = RULES.find(({ name }) => name === "an action has one commit everywhere");
  const [one, other] = ["v7.0.0", "v7.0.1"].map((version) =>
    readWorkflow(`${version}.yml`, workflow(`uses: actions/checkout@${SHA} # ${version}`))
  );
  assert.ok(rule && one && other);
  const around = { ...SMALL, workflows: [one, other] };
  assert.equal(rule.find(one, around), [`actions/checkout@${SHA} # v7.0.0`]);
});

test("every rule is shown to find something", () => {
  const shown = [...BROKEN.map(({ rule }) => rule), "an action has one commit everywhere"];
  assert.equal(RULES.filter(({ name }) => !shown.includes(name)), []);
});

test.run();

import { existsSync } from "node:fs";
import {
  type Action,
  isOurAction,
  type Job,
  needsOf,
  type Permissions,
  type Step,
  type Workflow,
} from "../support/workflow/workflow.ts";

/** What a rule may look at beside the workflow. */
export interface Surroundings {
  /** The action of this repository. */
  readonly action: Action;
  /** The tasks of deno.json. */
  readonly tasks: readonly string[];
  /** All workflows, for those that call others. */
  readonly workflows: readonly Workflow[];
}

/** A rule that GitHub's own schema does not have. */
export interface Rule {
  readonly name: string;
  /** What breaks it, in words; nothing in a good workflow. */
  readonly find: (workflow: Workflow, around: Surroundings) => readonly string[];
}

const PINNED = /^[\w.-]+\/[\w./-]+@[0-9a-f]{40}$/;
const IMAGE = /@sha256:[0-9a-f]{64}$/;

const jobsOf = ({ jobs }: Workflow): (readonly [string, Job])[] => Object.entries(jobs);

const stepsOf = (workflow: Workflow): Step[] => Object.values(workflow.jobs).flatMap(stepsIn);

function stepsIn({ steps = [] }: Job): readonly Step[] {
  return steps;
}

const nameOf = (step: Step): string => step.name ?? step.uses ?? step.run?.split("\n")[0] ?? "";

/** The lines of `uses:` that name somebody else's action. */
const foreignUses = ({ text }: Workflow): { uses: string; rest: string }[] =>
  [...text.matchAll(/^\s*(?:- )?uses: (\S+)(.*)$/gm)]
    .map(([, uses = "", rest = ""]) => ({ uses, rest }))
    .filter(({ uses }) => !uses.startsWith("./") && !isOurAction(uses));

/** The widest that a permission may be, in numbers. */
const rank = (level: string | undefined): number =>
  ["none", "read", "write"].indexOf(level ?? "none");

const scopes = (permissions: Permissions | undefined): Readonly<Record<string, string>> =>
  typeof permissions === "object" ? permissions : {};

/** The workflow of this repository that a job calls. */
function called(job: Job, { workflows }: Surroundings): Workflow | undefined {
  return workflows.find(({ path }) => `./${path}` === job.uses);
}

/** Every value that holds expressions, with its job: `with`, `env`, `if` and outputs. */
function expressionsIn(job: Job): string[] {
  const parts = [job.if, job.outputs, job.with, ...stepsIn(job).map(({ run: _, ...step }) => step)];
  return parts.map((part) => JSON.stringify(part) ?? "");
}

const matches = (texts: readonly string[], pattern: RegExp): string[][] =>
  texts.flatMap((text) => [...text.matchAll(pattern)].map(([, ...groups]) => groups.map(String)));

/** The words of a script that name a file of the repository. */
const FILE =
  /(?:^|[\s"'])(?:\.\/)?((?:\.ci|\.github|build|test|examples|docs)\/[\w./-]+|make)(?=$|[\s"'|;)])/gm;

export const RULES: readonly Rule[] = [
  {
    name: "an action is named by its commit, with its version beside it",
    find: (workflow) =>
      foreignUses(workflow)
        .filter(({ uses, rest }) => !PINNED.test(uses) || !/^ # v\d+\.\d+\.\d+$/.test(rest))
        .map(({ uses, rest }) => `${uses}${rest}`),
  },
  {
    name: "an action has one commit everywhere",
    find: (workflow, { workflows }) => {
      const others = new Map(
        workflows.flatMap(foreignUses).map(({ uses, rest }) => [uses.split("@")[0], uses + rest]),
      );
      return foreignUses(workflow).map(({ uses, rest }) => uses + rest)
        .filter((uses) => others.get(uses.split("@")[0]) !== uses);
    },
  },
  {
    name: "a container is named by its digest",
    find: (workflow) =>
      jobsOf(workflow).flatMap(([, { container }]) => container?.image ?? [])
        .filter((image) => !IMAGE.test(image)),
  },
  {
    name: "nothing is permitted but what a job names",
    find: (workflow) => [
      ...(JSON.stringify(workflow.permissions) === "{}" ? [] : ["permissions: {} is not on top"]),
      ...jobsOf(workflow).filter(([, { permissions }]) => typeof permissions === "string")
        .map(([id, { permissions }]) => `${id}: ${permissions}`),
    ],
  },
  {
    name: "a permission to write says what for",
    find: ({ text }) => [...text.matchAll(/^ +[\w-]+: write$/gm)].map(([line]) => line.trim()),
  },
  {
    name: "a job ends in time",
    find: (workflow) =>
      jobsOf(workflow)
        .filter(([, job]) => job.steps && !((job["timeout-minutes"] ?? 999) <= 60))
        .map(([id]) => id),
  },
  {
    name: "runs of a workflow do not overlap",
    find: ({ on, concurrency }) =>
      Object.keys(on).some((event) => event !== "workflow_call") && concurrency === undefined
        ? ["there is no concurrency"]
        : [],
  },
  {
    name: "code of strangers never runs with our rights",
    find: ({ on }) =>
      Object.keys(on).filter((event) => ["pull_request_target", "workflow_run"].includes(event)),
  },
  {
    name: "a script gets values by its environment, never as a part of itself",
    find: (workflow) => stepsOf(workflow).filter(({ run = "" }) => run.includes("${{")).map(nameOf),
  },
  {
    name: "a checkout leaves no token behind",
    find: (workflow) =>
      stepsOf(workflow).filter(({ uses = "" }) => uses.startsWith("actions/checkout@"))
        .filter((step) => step.with?.["persist-credentials"] !== false).map(nameOf),
  },
  {
    name: "a script starts tasks that there are",
    find: (workflow, { tasks }) =>
      matches(stepsOf(workflow).map(({ run = "" }) => run), /\bdeno task ([\w:-]+)/g)
        .flat().filter((task) => !tasks.includes(task)),
  },
  {
    name: "a script names files that there are",
    find: (workflow) =>
      matches(stepsOf(workflow).map(({ run = "" }) => run), FILE).flat()
        .filter((path) => !existsSync(path)),
  },
  {
    name: "our action gets inputs that it has, and all that it needs",
    find: (workflow, { action }) =>
      stepsOf(workflow).filter(({ uses }) => isOurAction(uses)).flatMap((step) => {
        const given = Object.keys(step.with ?? {});
        const needed = Object.keys(action.inputs).filter((name) =>
          action.inputs[name]?.required === true
        );
        return [
          ...given.filter((name) => !(name in action.inputs))
            .map((name) => `${nameOf(step)}: there is no input ${name}`),
          ...needed.filter((name) => !given.includes(name))
            .map((name) => `${nameOf(step)}: ${name} is missing`),
        ];
      }),
  },
  {
    name: "outputs that are read are there",
    find: (workflow, around) =>
      jobsOf(workflow).flatMap(([id, job]) =>
        unknownOutputs(workflow, job, around).map((name) => `${id}: ${name}`)
      ),
  },
  {
    name: "inputs and secrets that are read are there, and those that are there are read",
    find: (workflow) => {
      const { inputs = {}, secrets = {} } = workflow.on.workflow_call ??
        workflow.on.workflow_dispatch ?? {};
      const texts = Object.values(workflow.jobs).flatMap(expressionsIn);
      const read = (context: string): string[] =>
        matches(texts, new RegExp(`\\b${context}\\.([\\w-]+)`, "g")).flat();
      const isCalled = workflow.on.workflow_call !== undefined;
      return [
        ...difference(read("inputs"), Object.keys(inputs), "is read and is no input"),
        ...difference(Object.keys(inputs), read("inputs"), "is an input and is not read"),
        ...(isCalled
          ? [
            ...difference(read("secrets"), Object.keys(secrets), "is read and is no secret"),
            ...difference(Object.keys(secrets), read("secrets"), "is a secret and is not read"),
          ]
          : []),
      ];
    },
  },
  {
    name: "a job that calls a workflow gives it what it takes, and no right that it lacks",
    find: (workflow, around) =>
      jobsOf(workflow).filter(([, job]) => job.uses?.startsWith("./"))
        .flatMap(([id, job]) => wrongCalls(job, around).map((wrong) => `${id}: ${wrong}`)),
  },
];

const difference = (some: readonly string[], others: readonly string[], what: string): string[] =>
  [...new Set(some)].filter((one) => !others.includes(one)).map((one) => `${one} ${what}`);

/** The outputs that a job reads of steps and of other jobs, and that these do not have. */
function unknownOutputs(workflow: Workflow, job: Job, { action }: Surroundings): string[] {
  const texts = expressionsIn(job);
  const steps = matches(texts, /\bsteps\.([\w-]+)\.outputs\.([\w-]+)/g).filter(
    ([id, name = ""]) => {
      const step = stepsIn(job).find((step) => step.id === id);
      if (isOurAction(step?.uses)) return !(name in action.outputs);
      // What a script prints as NAME=, only a run shows.
      return step === undefined;
    },
  );
  const jobs = matches(texts, /\bneeds\.([\w-]+)\.outputs\.([\w-]+)/g).filter((
    [id = "", name = ""],
  ) => !needsOf(job).includes(id) || !(name in (workflow.jobs[id]?.outputs ?? {})));
  const results = Object.values(workflow.on.workflow_call?.outputs ?? {}).map(({ value }) => value);
  const ofJobs = matches(results, /\bjobs\.([\w-]+)\.outputs\.([\w-]+)/g)
    .filter(([id = "", name = ""]) => !(name in (workflow.jobs[id]?.outputs ?? {})));
  return [...steps, ...jobs, ...ofJobs].map((names) => names.join("."));
}

function wrongCalls(job: Job, around: Surroundings): string[] {
  const callee = called(job, around);
  if (callee === undefined) return [`${job.uses} is not there`];
  const call = callee.on.workflow_call;
  if (call === undefined) return [`${job.uses} cannot be called`];
  const unknown = Object.keys(job.with ?? {}).filter((name) => !(name in (call?.inputs ?? {})));
  const given = scopes(job.permissions);
  const lacking = Object.values(callee.jobs).flatMap(({ permissions }) =>
    Object.entries(scopes(permissions))
      .filter(([scope, level]) => rank(level) > rank(given[scope]))
      .map(([scope, level]) => `it wants ${scope}: ${level}`)
  );
  return [
    ...(job.secrets === "inherit" ? ["it gets all secrets"] : []),
    ...unknown.map((name) => `there is no input ${name}`),
    ...new Set(lacking),
  ];
}

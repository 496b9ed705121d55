/** Where an annotation goes: what `::error file=…,line=…::` takes. */
export interface AnnotationPlace {
  readonly title?: string;
  readonly file?: string;
  /** From 1. */
  readonly startLine?: number;
  /** From 1. */
  readonly startColumn?: number;
}

/**
 * What the runner of GitHub Actions does for an action: the part of @actions/core that is used.
 * @see https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
 */
export interface Runner {
  /** Takes a text out of all that is logged from now on. */
  readonly setSecret: (secret: string) => void;
  readonly info: (line: string) => void;
  /** What is logged until `endGroup` is folded under the name. */
  readonly startGroup: (name: string) => void;
  readonly endGroup: () => void;
  readonly error: (message: string, place?: AnnotationPlace) => void;
  readonly warning: (message: string) => void;
  /** Says why the step fails, and has the process end with 1. */
  readonly setFailed: (message: string) => void;
  readonly setOutput: (name: string, value: string) => void;
  /** Adds Markdown to the page of the run. */
  readonly summarize: (markdown: string) => Promise<void>;
}

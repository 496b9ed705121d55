import { readFileSync } from "node:fs";
import { join, posix } from "node:path";
import ts from "typescript";

/** A name of another module. */
export interface Origin {
  /** From the root, with slashes. */
  readonly path: string;
  readonly name: string;
  readonly isType: boolean;
}

/** The declarations of one module. */
export interface Module {
  readonly path: string;
  /** What declares a name: of a function with overloads, several. */
  readonly statements: ReadonlyMap<string, readonly ts.Statement[]>;
  /** What it imports, by the name that it has here. */
  readonly imports: ReadonlyMap<string, Origin>;
  /** What it exports of others, by the name that it has here. */
  readonly handsOn: ReadonlyMap<string, Origin>;
  /** The names that are printed. */
  readonly needed: Set<string>;
}

/** Declares a file by itself, for `isolatedDeclarations` has every export say its type. */
export function readModule(root: string, path: string): Module {
  const source = readFileSync(join(root, path), "utf8");
  const { outputText, diagnostics = [] } = ts.transpileDeclaration(source, {
    fileName: path,
    reportDiagnostics: true,
    compilerOptions: {
      target: ts.ScriptTarget.ESNext,
      module: ts.ModuleKind.ESNext,
      verbatimModuleSyntax: true,
      newLine: ts.NewLineKind.LineFeed,
    },
  });
  const [fault] = diagnostics;
  if (fault) {
    const said = ts.flattenDiagnosticMessageText(fault.messageText, "\n");
    throw new Error(`Cannot declare ${path}: ${said}`);
  }
  const file = ts.createSourceFile(path, outputText, ts.ScriptTarget.ESNext, true);
  const statements = new Map<string, ts.Statement[]>();
  for (const statement of file.statements) {
    for (const name of declaredBy(statement)) {
      statements.set(name, [...statements.get(name) ?? [], statement]);
    }
  }
  const handed = file.statements.filter(ts.isExportDeclaration)
    .filter(({ moduleSpecifier }) => moduleSpecifier !== undefined);
  return {
    path,
    statements,
    imports: new Map(file.statements.filter(ts.isImportDeclaration).flatMap(originsOf)),
    handsOn: new Map(handed.flatMap(originsOf)),
    needed: new Set(),
  };
}

function declaredBy(statement: ts.Statement): string[] {
  if (ts.isVariableStatement(statement)) {
    return statement.declarationList.declarations.map(({ name }) => name.getText());
  }
  const { name } = statement as ts.DeclarationStatement;
  return name === undefined ? [] : [name.text];
}

/** The names in the braces of an import or export, and where they come from. */
function originsOf(
  statement: ts.ImportDeclaration | ts.ExportDeclaration,
): (readonly [string, Origin])[] {
  const [braces, isTypeOnly] = ts.isImportDeclaration(statement)
    ? [statement.importClause?.namedBindings, statement.importClause?.isTypeOnly === true]
    : [statement.exportClause, statement.isTypeOnly];
  if (!braces || !("elements" in braces)) return [];
  const specifier = (statement.moduleSpecifier as ts.StringLiteral).text;
  const folder = posix.dirname(statement.getSourceFile().fileName);
  const path = specifier.startsWith(".") ? posix.join(folder, specifier) : specifier;
  return [...braces.elements].map((element) => {
    const name = (element.propertyName ?? element.name).text;
    return [element.name.text, { path, name, isType: isTypeOnly || element.isTypeOnly }];
  });
}

/** The names of types and values that a declaration is made of. */
export function namesIn(node: ts.Node): string[] {
  const names: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isTypeReferenceNode(node)) names.push(node.typeName.getText());
    else if (ts.isTypeQueryNode(node)) names.push(node.exprName.getText());
    else if (ts.isExpressionWithTypeArguments(node)) names.push(node.expression.getText());
    else if (ts.isComputedPropertyName(node)) names.push(node.expression.getText());
    ts.forEachChild(node, visit);
  };
  visit(node);
  return names.map((name) => name.split(".")[0] ?? "");
}

/** The needed declarations of a module as a `.d.ts`. */
export function printModule({ path, statements, imports, handsOn, needed }: Module): string {
  const isNeeded = ([name]: readonly [string, unknown]): boolean => needed.has(name);
  const kept = [...new Set([...statements].filter(isNeeded).flatMap(([, found]) => found))];
  return [
    ...[...imports].filter(isNeeded).map((name) => line("import", path, name)),
    ...[...handsOn].filter(isNeeded).map((name) => line("export", path, name)),
    ...kept.map((statement) => statement.getFullText().trim()),
    "export {};\n",
  ].join("\n");
}

/** TypeScript leaves `.ts` in declarations, where there is no such file any more. */
function line(
  word: "import" | "export",
  path: string,
  [as, { name, isType, path: of }]: readonly [string, Origin],
): string {
  const way = posix.relative(posix.dirname(path), of).replace(/\.ts$/, ".js");
  const type = isType || word === "import" ? "type " : "";
  return `${word} ${type}{ ${name === as ? name : `${name} as ${as}`} } from "${
    way.startsWith(".") ? way : `./${way}`
  }";`;
}

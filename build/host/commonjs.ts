/**
 * The names of a CommonJS module that `import()` loaded. Runtimes find them in its code; in a bundle of
 * several files it is a file with a default and no names.
 *
 * @param module what `import()` gave: compiled TypeScript, as its `__esModule` says
 */
export function named<Module extends object>(module: Module): Module {
  const { default: whole } = module as { readonly default?: Module };
  return whole !== undefined && "__esModule" in whole ? whole : module;
}

// What bundles have in place of "zx/core". zx's ES module loads its CommonJS half by path when it
// runs on Deno, and a bundle has no such path; of a CommonJS module in a file of its own, import()
// would get a default and no names.
import core from "../../node_modules/zx/build/core.cjs";

export const { $ } = core;

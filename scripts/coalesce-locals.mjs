/**
 * A transform of asc, for the tier `relaxed`: lets values that do not live at the same time share a local (Binaryen's pass
 * coalesce-locals) in all functions but the generated tiles, which V8 11 would compile to code that takes nearly twice as long.
 * `simd` and `wide` have the pass for all functions, as `runPasses` in asconfig.json. The locals used most come first then, whose
 * numbers are short: the modules compress to 0.3 % less.
 */
export default class CoalesceLocals {
  afterCompile(module) {
    // asc runs the passes that asconfig.json names last, after its own optimisations: this takes their place.
    module.runPasses = () => {
      for (let i = 0; i < module.getNumFunctions(); i++) {
        const func = module.getFunctionByIndex(i);
        const { name, base } = this.binaryen.getFunctionInfo(func);
        if (!base && !name.startsWith('assembly/tiles/'))
          module.runPassesOnFunction(func, ['coalesce-locals', 'reorder-locals']);
      }
    };
  }
}

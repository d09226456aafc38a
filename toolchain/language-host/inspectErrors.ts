import util from "node:util";

/**
 * Loaded into every program before its own code. The SDK shows an uncaught error with `util.inspect` in
 * colours. Node 20.20.2 (perhaps others) then never gets past a stack line whose file lies directly in
 * node_modules: it fills the memory for half a minute and aborts. The SDK's own source maps name such
 * files (`node_modules/@pulumi/output.ts`), so that nearly every error of a program is one of these.
 * Errors with such lines are shown without colours.
 */
const inspect = util.inspect;
const fileDirectlyInNodeModules = /[\\/]node_modules[\\/](@[^\\/\n]*[\\/])?[^\\/\n]*$/m;

function inspectSafely(value: unknown, ...options: unknown[]): string {
  const call = (last: unknown[]): string => Reflect.apply(inspect, util, [value, ...last]) as string;
  const [first] = options;
  if (!util.types.isNativeError(value) || !hasColors(first)) return call(options);
  const plain = call([{ ...first, colors: false }]);
  return fileDirectlyInNodeModules.test(plain) ? plain : call(options);
}

function hasColors(options: unknown): options is object {
  return typeof options === "object" && options !== null && "colors" in options && options.colors === true;
}

util.inspect = Object.assign(inspectSafely, inspect) as typeof inspect;

/** A question to the engine that may not take for ever. */
export function bounded<T>(work: Promise<T>, seconds: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`no answer within ${seconds} s`));
    }, seconds * 1000);
  });
  return Promise.race([work, late]).finally(() => {
    clearTimeout(timer);
  });
}

/** How long an engine that is alive may take to answer, when it is busy. */
export const answerSeconds = 60;

/** A question to the engine that may not take for ever. */
export function bounded<T>(work: Promise<T>, seconds = answerSeconds): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(
        new Error(`the engine gave no answer within ${seconds} s; look after it, then run pulumi up again`),
      );
    }, seconds * 1000);
  });
  return Promise.race([work, late]).finally(() => {
    clearTimeout(timer);
  });
}

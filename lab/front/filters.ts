/** `filters` of a list, in the two ways that clients write them. */
export type Filters = Record<string, string[]>;

export function readFilters(text: string | null): Filters {
  if (text === null || text === "") return {};
  const parsed = JSON.parse(text) as Record<string, string[] | Record<string, boolean>>;
  return Object.fromEntries(
    Object.entries(parsed).map(([name, values]) => [
      name,
      Array.isArray(values) ? values : Object.keys(values).filter((value) => values[value]),
    ]),
  );
}

/** Whether a name fits one of the filter's, as the engine compares: a regular expression, anywhere. */
export function nameFits(name: string, wanted: readonly string[] | undefined): boolean {
  if (wanted === undefined || wanted.length === 0) return true;
  return wanted.some((pattern) => {
    try {
      const expression = new RegExp(pattern);
      return expression.test(name) || expression.test(`/${name}`);
    } catch {
      return name.includes(pattern);
    }
  });
}

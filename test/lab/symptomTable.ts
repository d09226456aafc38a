/** What became of a symptom of the field report: by hand, and by a farm. */
export interface Symptom {
  symptom: string;
  naive?: string;
  farm?: string;
}

/** Collects results while tests run, and prints them side by side. */
export class SymptomTable {
  private readonly rows = new Map<string, Symptom>();

  note(symptom: string, whose: "naive" | "farm", result: string): void {
    const row = this.rows.get(symptom) ?? { symptom };
    row[whose] = row[whose] === undefined ? result : `${row[whose]}; ${result}`;
    this.rows.set(symptom, row);
  }

  toString(): string {
    const cells = [...this.rows.values()].map(({ symptom, naive = "", farm = "" }) => [symptom, naive, farm]);
    const lines = [
      ["symptom", "by hand with docker compose", "WindowsWebFarm"],
      ["---", "---", "---"],
      ...cells,
    ];
    return lines.map((line) => `| ${line.join(" | ")} |`).join("\n");
  }
}

/** Seconds since a moment, as the table has them. */
export function secondsSince(started: number): string {
  return `${((Date.now() - started) / 1000).toFixed(1)} s`;
}

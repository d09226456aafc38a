import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { PropertyMap } from "../values";

/** A call of the Pulumi engine to the official docker plugin, and its answer, in gRPC's JSON form. */
export interface Recording {
  readonly case: string;
  readonly method: string;
  readonly request: PropertyMap;
  readonly response?: PropertyMap;
  readonly errors?: readonly string[];
}

const FIXTURES = join(__dirname, "../../../test/fixtures/docker-plugin");

export function readRecordings(): Recording[] {
  return readFileSync(join(FIXTURES, "recordings.jsonl"), "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Recording);
}

/** The body that the official plugin sent to the Docker engine to create a container. */
export function readCreateRequest(): PropertyMap {
  return JSON.parse(readFileSync(join(FIXTURES, "create-request.json"), "utf8")) as PropertyMap;
}

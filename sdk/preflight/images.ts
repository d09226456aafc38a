import type Docker from "dockerode";
import { messageOf } from "../errorText";
import { bounded } from "./bounded";

/** Where an image is to be had. */
export interface ImagePlaces {
  /** Whether the engine has it. */
  onEngine: boolean;
  /** Whether its registry gives it to the engine; false when the registry was not asked. */
  onRegistry: boolean;
  /** The engine's words when the registry gives none. */
  refusal?: string;
}

/**
 * Looks for an image; the engine asks the registry itself, as it would for a pull.
 *
 * @param askRegistry whether the registry is asked even when the engine has the image
 */
export async function imagePlaces(docker: Docker, name: string, askRegistry: boolean): Promise<ImagePlaces> {
  const onEngine = await isOnEngine(docker, name);
  if (onEngine && !askRegistry) return { onEngine, onRegistry: false };
  try {
    await bounded(docker.getImage(name).distribution(), 15);
    return { onEngine, onRegistry: true };
  } catch (error) {
    return { onEngine, onRegistry: false, refusal: engineWords(error) };
  }
}

async function isOnEngine(docker: Docker, name: string): Promise<boolean> {
  try {
    await bounded(docker.getImage(name).inspect(), 15);
    return true;
  } catch (error) {
    if ((error as { statusCode?: number }).statusCode !== 404) throw error;
    return false;
  }
}

/** The engine's own words, without the status line that dockerode puts before them. */
export function engineWords(error: unknown): string {
  const engineSays = (error as { json?: { message?: string } }).json?.message;
  return engineSays ?? messageOf(error);
}

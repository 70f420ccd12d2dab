import { describe, expect, it } from "vitest";
import { peaksOf, readWav, stereoWav, type Sound } from "./wav";

const sound = (...samples: number[]): Sound => ({ rate: 8000, samples: Int16Array.from(samples) });

/** A file of one channel, with a chunk before the sound that says nothing of it. */
function file({ samples, rate }: Sound, channels = 1): ArrayBuffer {
  const bytes = new ArrayBuffer(56 + 2 * samples.length);
  const view = new DataView(bytes);
  const write = (at: number, text: string) => [...text].forEach((sign, i) => view.setUint8(at + i, sign.charCodeAt(0)));
  write(0, "RIFF....WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, channels, true);
  view.setUint32(24, rate, true);
  view.setUint16(34, 16, true);
  write(36, "LIST");
  view.setUint32(40, 3, true);
  write(48, "data");
  view.setUint32(52, 2 * samples.length, true);
  samples.forEach((sample, index) => view.setInt16(56 + 2 * index, sample, true));
  return bytes;
}

describe("a sound file", () => {
  it("is read past what is not sound", () => {
    expect(readWav(file(sound(1, -2, 3)))).toEqual(sound(1, -2, 3));
  });

  it("that was cut off is read as far as it goes", () => {
    expect(readWav(file(sound(1, -2, 3)).slice(0, 60))).toEqual(sound(1, -2));
  });

  it.each([
    ["an empty one", new ArrayBuffer(0)],
    ["another kind", new ArrayBuffer(100)],
    ["two channels", file(sound(1, 2), 2)],
  ])("is none: %s", (_, bytes) => expect(readWav(bytes)).toBeNull());

  it("is drawn by the loudest of each part", () => {
    expect(peaksOf(sound(0, -32768, 16384, 0), 2)).toEqual([1, 0.5]);
    expect(peaksOf(sound(), 3)).toEqual([0, 0, 0]);
  });

  it("holds both sides, the shorter one silent at its end", () => {
    const both = stereoWav(sound(1, 2, 3), sound(9));
    expect([...new Int16Array(both, 44)]).toEqual([1, 9, 2, 0, 3, 0]);
    expect(readWav(both)).toBeNull();
  });
});

/** Sound files as the backend gives them: WAV, 16 bit, one channel. Pure. */

export interface Sound {
  /** Samples a second. */
  rate: number;
  samples: Int16Array;
}

const PCM = 1;
const HEADER = 44;
const LOUDEST = 32_768;

/** Null for what is no such file; the browser may be able to play it all the same. */
export function readWav(bytes: ArrayBuffer): Sound | null {
  const view = new DataView(bytes);
  const text = (at: number) => String.fromCharCode(...new Uint8Array(bytes, at, 4));
  if (bytes.byteLength < HEADER || text(0) !== "RIFF" || text(8) !== "WAVE") return null;
  let rate = 0;
  let at = 12;
  while (at + 8 <= bytes.byteLength) {
    const name = text(at);
    const size = view.getUint32(at + 4, true);
    const begin = at + 8;
    if (name === "fmt " && begin + 16 <= bytes.byteLength) {
      const isMono16 = view.getUint16(begin + 2, true) === 1 && view.getUint16(begin + 14, true) === 16;
      if (view.getUint16(begin, true) !== PCM || !isMono16) return null;
      rate = view.getUint32(begin + 4, true);
    }
    if (name === "data" && rate > 0) {
      const length = Math.min(size, bytes.byteLength - begin) >> 1;
      return { rate, samples: new Int16Array(bytes.slice(begin, begin + 2 * length)) };
    }
    at = begin + size + (size % 2);
  }
  return null;
}

/** The loudest of each of `count` equal parts, 0 to 1. */
export function peaksOf({ samples }: Sound, count: number): number[] {
  return Array.from({ length: count }, (_, part) => {
    const end = Math.floor(((part + 1) * samples.length) / count);
    let loudest = 0;
    for (let index = Math.floor((part * samples.length) / count); index < end; index++) {
      loudest = Math.max(loudest, Math.abs(samples[index] ?? 0));
    }
    return loudest / LOUDEST;
  });
}

/** Both sides of a call in one file, the first on the left; the shorter one is silent at its end. */
export function stereoWav(left: Sound, right: Sound): ArrayBuffer {
  const length = Math.max(left.samples.length, right.samples.length);
  const bytes = new ArrayBuffer(HEADER + 4 * length);
  const view = new DataView(bytes);
  const write = (at: number, text: string) => [...text].forEach((sign, i) => view.setUint8(at + i, sign.charCodeAt(0)));
  write(0, "RIFF");
  view.setUint32(4, HEADER - 8 + 4 * length, true);
  write(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, PCM, true);
  view.setUint16(22, 2, true);
  view.setUint32(24, left.rate, true);
  view.setUint32(28, left.rate * 4, true);
  view.setUint16(32, 4, true);
  view.setUint16(34, 16, true);
  write(36, "data");
  view.setUint32(40, 4 * length, true);
  const both = new Int16Array(bytes, HEADER);
  left.samples.forEach((sample, index) => (both[2 * index] = sample));
  right.samples.forEach((sample, index) => (both[2 * index + 1] = sample));
  return bytes;
}

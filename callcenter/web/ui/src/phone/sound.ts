/** Sound of the page: the microphone and how loud it is, what the other side says, the ringing, the test tone. */
import { DEFAULT, inUse, lookForDevices } from "./devices";

/** Why there is no microphone. */
export type MicrophoneProblem = "microphone_refused" | "microphone_none" | "microphone_busy" | "microphone_insecure";

export class MicrophoneError extends Error {
  readonly problem: MicrophoneProblem;

  constructor(problem: MicrophoneProblem) {
    super(problem);
    this.problem = problem;
  }
}

const PROBLEMS: Readonly<Record<string, MicrophoneProblem>> = {
  NotAllowedError: "microphone_refused",
  SecurityError: "microphone_refused",
  NotFoundError: "microphone_none",
  OverconstrainedError: "microphone_none",
};

/** Hertz and seconds. */
const RING = { tones: [440, 554], lasts: 1, every: 3 };
const TEST = { tones: [523], lasts: 0.8 };
const RAMP = 0.02;

type Sink = { setSinkId?: (id: string) => Promise<void> };

let context: AudioContext | null = null;
let microphone: { id: string; stream: MediaStream; analyser: AnalyserNode } | null = null;
let ringing: { context: AudioContext; source: AudioBufferSourceNode } | null = null;
const other = new Audio();

/** The microphone that is chosen stays open for the next calls and for the meter. Throws MicrophoneError. */
export async function openMicrophone(): Promise<void> {
  if (!("mediaDevices" in navigator)) throw new MicrophoneError("microphone_insecure");
  await lookForDevices();
  const { id } = inUse("microphone");
  const wish = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };
  let stream;
  try {
    stream = await navigator.mediaDevices.getUserMedia({
      audio: id === DEFAULT ? wish : { ...wish, deviceId: { exact: id } },
    });
  } catch (error) {
    if (error instanceof DOMException) throw new MicrophoneError(PROBLEMS[error.name] ?? "microphone_busy");
    throw error;
  }
  closeMicrophone();
  await lookForDevices();
  // after the microphone was allowed a page may play sound without a click
  context ??= new AudioContext();
  void context.resume();
  const analyser = context.createAnalyser();
  analyser.fftSize = 2048;
  context.createMediaStreamSource(stream).connect(analyser);
  microphone = { id, stream, analyser };
}

/** Whether another one is to be used than is open. What stands behind the browser's own choice nobody tells. */
export function isOtherMicrophone(): boolean {
  if (microphone === null || microphone.id === DEFAULT || microphone.id !== inUse("microphone").id) return true;
  return microphone.stream.getAudioTracks().some((track) => track.readyState === "ended");
}

export function closeMicrophone(): void {
  microphone?.stream.getTracks().forEach((track) => track.stop());
  microphone?.analyser.disconnect();
  microphone = null;
}

/** How loud the microphone is now, 0 to 1; null where that is not known. Holding and muting do not change it. */
export function microphoneLevel(): number | null {
  if (microphone === null || context?.state !== "running") return null;
  const samples = new Float32Array(microphone.analyser.fftSize);
  microphone.analyser.getFloatTimeDomainData(samples);
  return samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
}

/** The microphone for one call, which may mute and stop it. */
export function microphoneForCall(): MediaStream {
  return new MediaStream(microphone?.stream.getAudioTracks().map((track) => track.clone()) ?? []);
}

export async function hearOther(stream: MediaStream | null): Promise<void> {
  other.srcObject = stream;
  if (stream === null) return;
  await moveOther();
  try {
    await other.play();
  } catch (error) {
    // the call ended, or another one is heard, before it began
    if (!(error instanceof DOMException)) throw error;
  }
}

/** After another headset was chosen or plugged in. */
export async function moveOther(): Promise<void> {
  await sendTo(other as Sink, inUse("headset").id);
}

export async function playTestTone(): Promise<void> {
  const tone = new AudioContext();
  await sendTo(tone as Sink, inUse("headset").id);
  const source = play(tone, TEST.tones, TEST.lasts, TEST.lasts, 1);
  await new Promise((resolve) => (source.onended = resolve));
  await tone.close();
}

/** On the ringer's device until `stopRinging`; `volume` in percent. */
export async function startRinging(volume: number): Promise<void> {
  if (ringing !== null) return;
  const ring = new AudioContext();
  const source = play(ring, RING.tones, RING.lasts, RING.every, volume / 100);
  source.loop = true;
  ringing = { context: ring, source };
  await sendTo(ring as Sink, inUse("ringer").id);
}

export function stopRinging(): void {
  ringing?.source.stop();
  void ringing?.context.close();
  ringing = null;
}

function play(on: AudioContext, tones: readonly number[], lasts: number, every: number, volume: number) {
  const buffer = on.createBuffer(1, Math.ceil(on.sampleRate * every), on.sampleRate);
  const samples = buffer.getChannelData(0);
  for (let place = 0; place < on.sampleRate * lasts; place++) {
    const at = place / on.sampleRate;
    const edge = Math.min(1, at / RAMP, (lasts - at) / RAMP);
    const sum = tones.reduce((all, hertz) => all + Math.sin(2 * Math.PI * hertz * at), 0);
    samples[place] = (edge * sum) / (2 * tones.length);
  }
  const gain = on.createGain();
  gain.gain.value = volume;
  const source = on.createBufferSource();
  source.buffer = buffer;
  source.connect(gain).connect(on.destination);
  source.start();
  return source;
}

/** A browser that cannot choose, or a device that was unplugged meanwhile: sound stays where the system sends it. */
async function sendTo(sink: Sink, id: string): Promise<void> {
  try {
    await sink.setSinkId?.(id === DEFAULT ? "" : id);
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
  }
}

/** Seconds that are listened to: the models' limit. */
export const MAX_SECONDS = 20;

/** Records with the microphone until it is told to stop or there is no more room. */
export class Recording {
  readonly #recorder: MediaRecorder;
  /** The sound, once it has stopped. */
  readonly sound: Promise<Blob>;

  private constructor(stream: MediaStream) {
    this.#recorder = new MediaRecorder(stream);
    const parts: Blob[] = [];
    this.#recorder.ondataavailable = ({ data }) => parts.push(data);
    this.sound = new Promise((resolve) => {
      this.#recorder.onstop = () => {
        for (const track of stream.getTracks()) track.stop();
        resolve(new Blob(parts, { type: this.#recorder.mimeType }));
      };
    });
    this.#recorder.start();
    setTimeout(() => this.stop(), 1e3 * MAX_SECONDS);
  }

  /** @throws Error when there is no microphone or it may not be used */
  static async start(): Promise<Recording> {
    const devices = navigator.mediaDevices;
    if (!devices) throw new Error('a page may use it only over https or on localhost');
    return new Recording(await devices.getUserMedia({ audio: true }));
  }

  stop(): void {
    if (this.#recorder.state !== 'inactive') this.#recorder.stop();
  }
}

export type CaptureErrorCode =
  | 'empty'
  | 'unreadable'
  | 'truncated-header'
  | 'bad-magic'
  | 'nanosecond'
  | 'pcapng'
  | 'unsupported-version'
  | 'unsupported-link-type'
  | 'truncated-record'
  | 'impossible-length'
  | 'impossible-time'
  | 'lost-data';

/** What is wrong with a capture, and where. The packets before the fault were read and given out. */
export class CaptureError extends Error {
  readonly code: CaptureErrorCode;
  /** Where the faulty header or record begins, in bytes from the start of the file. */
  readonly offset: number;
  /** Whole packets before the fault. */
  readonly packetsBefore: number;
  /** The sentence without the place. */
  readonly reason: string;

  constructor(code: CaptureErrorCode, source: string, offset: number, packetsBefore: number, reason: string) {
    const packets = packetsBefore === 1 ? '1 whole packet' : `${packetsBefore} whole packets`;
    super(`${source}: at byte ${offset}, after ${packets}: ${reason}`);
    this.name = 'CaptureError';
    this.code = code;
    this.offset = offset;
    this.packetsBefore = packetsBefore;
    this.reason = reason;
  }
}

/** An address and port that a service is translated to. */
export interface Backend {
  readonly address: string;
  readonly port: number;
}

import { ipv4Address, ipv6Address, u16 } from '../bytes.ts';
import type { Geneve } from '../geneve.ts';
import { fail, ok, type Result } from '../result.ts';

// Cilium's Geneve option for DSR: bpf/lib/tunnel.h (DSR_GENEVE_OPT_CLASS, DSR_GENEVE_OPT_TYPE, struct
// geneve_dsr_opt4 and geneve_dsr_opt6), written by set_geneve_dsr_opt4() and read in bpf/lib/nodeport.h.

/** Cilium in IANA's registry of Geneve option classes. */
export const DSR_OPTION_CLASS = 0x014b;
/** GENEVE_OPT_TYPE_CRIT | 0x01. */
export const DSR_OPTION_TYPE = 0x81;

/** The address and port the client spoke to, which the serving node puts back as the source of its replies. */
export interface DsrService {
  readonly address: string;
  readonly port: number;
}

/** The DSR option of a Geneve header; undefined where it carries none. Two of them are an error: which would count? */
export function dsrService(geneve: Geneve): Result<DsrService | undefined> {
  const [option, second] = geneve.options.filter(
    ({ optionClass, type }) => optionClass === DSR_OPTION_CLASS && type === DSR_OPTION_TYPE,
  );
  if (option === undefined) return ok(undefined);
  if (second !== undefined) return fail('cilium-dsr', second.offset, 'a second DSR option in one header');
  const { data } = option;
  if (data.length === 8) return ok({ address: ipv4Address(data, 0), port: u16(data, 4) });
  if (data.length === 20) return ok({ address: ipv6Address(data, 0), port: u16(data, 16) });
  return fail('cilium-dsr', option.offset, `${data.length} bytes of data, 8 (IPv4) or 20 (IPv6) expected`);
}

import * as build from './build.ts'; import { Random } from './random.ts'; import { writeCapture } from './writer.ts';
const random = new Random(4); let bytes=0;
function* g() { let n=0; while (bytes < 1e8) { const syn=random.percent(2); const inner = build.ethernet(build.ipv4(build.tcp(new Uint8Array(syn?0:random.below(1300)), {sourcePort: 20000+random.below(40000), destinationPort:80, flags: syn?2:16}), {protocol:6, source:`10.10.1.${random.below(250)}`, destination:'172.20.2.7'}));
 const o={source:'192.168.10.100',destination:'192.168.20.100'}; const frame = syn||random.percent(50)? build.geneveFrame(inner, syn?{...o, service:{address:'172.16.1.1',port:80}}:o):inner; bytes+=16+frame.length; yield {timestampUs:n++*10, frame}; } }
await writeCapture('/tmp/large.pcap', g());

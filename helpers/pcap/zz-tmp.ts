import { dsrPackets } from './analyses.ts';
import { analyse } from './parse.ts';
import { scanCapture } from './reader.ts';
console.log('loaded', performance.now());
const f = process.argv[2] ?? '';
for (let i=0;i<3;i++){ let t = performance.now();
const r = await dsrPackets(f); console.log(r.packets.length, 'dsrPackets', performance.now()-t);
t = performance.now(); let n=0; for await (const p of scanCapture(f, () => false)) n++; console.log('scan nothing', performance.now()-t);
t = performance.now(); await analyse(f, new URL('./analyses.ts', import.meta.url), 'dsrPackets'); console.log('analyse in worker', performance.now()-t);
}
const { readFileSync } = await import('node:fs'); console.log(readFileSync('/proc/self/status','utf8').match(/VmHWM.*/)?.[0]);

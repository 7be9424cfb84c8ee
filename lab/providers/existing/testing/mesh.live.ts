import { expectClaimsToPass } from './least-rights.ts';
import { test } from './theirs.ts';

test.use({ topology: 'mesh' });

test('claims about the mesh pass with the least rights, in both clusters; all is as it was', async ({
  theirs,
}) => {
  await expectClaimsToPass(theirs, ['MESH-01', 'MESH-04', 'MESH-05', 'MESH-07', 'MESH-16']);
});

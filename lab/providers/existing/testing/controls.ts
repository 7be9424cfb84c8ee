import type { SystemUnderTest } from '../../../contract/lab.ts';
import { openLab } from '../../netns/lab.ts';

/** LAB_CONTROLS of a stage: the embedded lab behind it (LAB_STAGE) has neither a helm release nor an agent process. */
export async function controls(): Promise<SystemUnderTest> {
  const lab = await openLab(process.env.LAB_STAGE ?? '');
  await lab.close(); // closes the connections to its hosts, which the controls do not need
  return lab.system;
}

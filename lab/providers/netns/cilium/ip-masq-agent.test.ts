import { expect, test } from '@playwright/test';
import { ipMasqAgentText } from './ip-masq-agent.ts';

test("the agent's file is what the chart makes of the values", () => {
  expect(
    ipMasqAgentText({
      'ipMasqAgent.enabled': true,
      'ipMasqAgent.config.nonMasqueradeCIDRs': '{10.10.1.0/24,10.20.0.0/16}',
      'ipMasqAgent.config.masqLinkLocal': false,
    }),
  ).toBe('{"nonMasqueradeCIDRs":["10.10.1.0/24","10.20.0.0/16"],"masqLinkLocal":false}');
});

test('without a configuration there is no file, and the agent takes its defaults', () => {
  expect(ipMasqAgentText({ 'ipMasqAgent.enabled': true })).toBeUndefined();
  expect(ipMasqAgentText({ 'ipMasqAgent.config.masqLinkLocal': true })).toBeUndefined();
});

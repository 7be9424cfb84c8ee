#!/usr/bin/env bash
# `npm test`: gets the machine ready, then runs every check. The last line counts them, also when there is nothing to count.
set -u
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1

if ! bash lab/setup/setup.sh --dev; then
  printf '\nset-up: failed\n0 passed, 1 failed, 0 skipped\n'
  exit 1
fi
exec bash lab/setup/attached.sh node --import tsx commands/test/test.ts

#!/usr/bin/env bash
# The canary becomes stable, if the gate lets it pass; refused, it ends, and the table says why in the log.
set -euo pipefail
: "${MODELS_BUCKET:?}" "${SIGNING_KEY:?}"

firstbreak() { node edge/cli/firstbreak.ts "$@"; }
source ./trust.sh "$(mktemp -d)"

if ! firstbreak models promote canary --by retraining; then
  firstbreak models rollback canary --by retraining
  exit 1
fi

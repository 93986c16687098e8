#!/usr/bin/env bash
# The canary becomes stable, if the gate lets it pass; refused, it ends, and the table says why in the log. When nothing could be
# decided (the network, a throttled store), it is tried again, and in the end all is left as it is. Exit code 3: refused.
# PAUSES are the seconds before each try.
set -euo pipefail
: "${MODELS_BUCKET:?}" "${SIGNING_KEY:?}"

firstbreak() { node edge/cli/firstbreak.ts "$@"; }
here="$(dirname "${BASH_SOURCE[0]}")"
keys="$(mktemp -d)"

for pause in ${PAUSES:-0 30 120 600}; do
  sleep "$pause"
  code=0
  { source "$here/trust.sh" "$keys" && firstbreak models promote canary --or-end --by retraining; } || code=$?
  case $code in 0 | 2 | 3) exit "$code" ;; esac
  echo "promote: nothing was decided (exit code $code)" >&2
done
echo "promote: canary and stable are left as they are; start it again when the cause is gone" >&2
exit 1

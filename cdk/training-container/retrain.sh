#!/usr/bin/env bash
# From labels to a canary: what is stable learns from the labels, is measured on sites that it has not seen, and is published.
# LABELS and FROZEN are folders of sites in a bucket (s3://…); LABELS holds sites.json as well, the table of their licences.
set -euo pipefail
: "${MODELS_BUCKET:?}" "${SIGNING_KEY:?}" "${LABELS:?}" "${FROZEN:?}" "${STEPS:?}" "${CANARY_SHARE:?}"

firstbreak() { node edge/cli/firstbreak.ts "$@"; }
work="$(mktemp -d)"
source ./trust.sh "$work"

aws s3 cp --recursive --no-progress "$LABELS" "$work/labels"
aws s3 cp --recursive --no-progress "$FROZEN" "$work/frozen"
firstbreak models pull stable --as "$work/stable"
firstbreak train finetune --from "$work/stable" --field "$work"/labels/*/ --steps "$STEPS" --quiet --out "$work/run"
firstbreak train export --from "$work/run" --out "$work/model" --name "retrained-$(date +%Y%m%d-%H%M)"
firstbreak train quantise "$work/model" --data "$work/frozen" --quiet
firstbreak train evaluate "$work/frozen" --model "$work/model" --picker classical --quiet --out "$work/accuracy.md"

sign="cat > '$work/statement' && aws kms sign --key-id '$SIGNING_KEY' --message 'fileb://$work/statement' \
  --message-type RAW --signing-algorithm ED25519_SHA_512 --query Signature --output text"
firstbreak models publish "$work/model" --key "$work/key.pub.pem" --sign-by "$sign" --by retraining \
  --report "$work/accuracy.json" --run "$work/run" --licences "$work/labels/sites.json" --canary "$CANARY_SHARE"

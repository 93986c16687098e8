# The registry of this deployment, and the public half of the key that signs for it, as PEM. Argument: a folder for the key.
export FIRSTBREAK_REGISTRY="s3://$MODELS_BUCKET"
export FIRSTBREAK_TRUST="$1/key.pub.pem"
{
  echo '-----BEGIN PUBLIC KEY-----'
  aws kms get-public-key --key-id "$SIGNING_KEY" --query PublicKey --output text | fold -w 64
  echo '-----END PUBLIC KEY-----'
} > "$FIRSTBREAK_TRUST"

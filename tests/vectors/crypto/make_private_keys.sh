#!/bin/sh
# Makes private_keys.json with OpenSSL 3: sh make_private_keys.sh > private_keys.json
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
json() { python3 -c 'import json, sys; print(json.dumps(sys.stdin.read()), end="")'; }
first=1
# vector NAME COMMAND: runs the command, which writes new.pem
vector() {
  rm -f new.pem
  sh -c "$2" >/dev/null 2>errors || { cat errors >&2; exit 1; }
  [ $first = 1 ] || printf ',\n'
  first=0
  printf '  {"name": "%s", "command": %s,\n   "pem": %s}' "$1" "$(printf %s "$2" | json)" "$(json <new.pem)"
}
printf '{"openssl": "%s",\n "passphrase": "correct hörse",\n "keys": {\n' "$(openssl version)"
for bits in 2048 3072 4096; do
  openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:$bits -out $bits.pem 2>/dev/null
  [ $bits = 2048 ] || printf ',\n'
  printf '  "%s": {"command": "openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:%s -out %s.pem",\n' $bits $bits $bits
  printf '   "pem": %s,\n   "spki": "%s"}' "$(json <$bits.pem)" "$(openssl pkey -in $bits.pem -pubout -outform DER | base64 -w0)"
done
printf '\n },\n "opened": [\n'
IN="-in 2048.pem -out new.pem -passout 'pass:correct hörse'"
for aes in 128 192 256; do
  for prf in SHA1 SHA256 SHA384 SHA512; do
    vector "aes-$aes-cbc hmacWith$prf" "openssl pkcs8 -topk8 -v2 aes-$aes-cbc -v2prf hmacWith$prf -iter 2048 $IN"
  done
done
vector "100,000 iterations" "openssl pkcs8 -topk8 -v2 aes-256-cbc -v2prf hmacWithSHA256 -iter 100000 $IN"
vector "defaults of genpkey -aes256" "openssl pkey -aes256 $IN"
vector "not encrypted" "openssl pkcs8 -topk8 -nocrypt -in 2048.pem -out new.pem"
vector "bag attributes and a certificate" "openssl req -x509 -new -key 2048.pem -subj /CN=vector -out c.pem && openssl pkcs12 -export -inkey 2048.pem -in c.pem -name vector -passout pass: -out p.p12 && openssl pkcs12 -in p.p12 -passin pass: -out new.pem -passout 'pass:correct hörse'"
printf '\n ],\n "refused": [\n'
first=1
vector "PBES1 3DES" "openssl pkcs8 -topk8 -v1 PBE-SHA1-3DES $IN"
vector "PBES1 DES" "openssl pkcs8 -provider legacy -provider default -topk8 -v1 PBE-MD5-DES $IN"
vector "PBES2 3DES" "openssl pkcs8 -topk8 -v2 des3 $IN"
vector "scrypt" "openssl pkcs8 -topk8 -scrypt -scrypt_N 1024 $IN"
vector "traditional encryption" "openssl rsa -traditional -aes256 $IN"
vector "PKCS#1" "openssl rsa -traditional -in 2048.pem -out new.pem"
vector "EC" "openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out new.pem"
vector "EC, SEC 1" "openssl ecparam -name prime256v1 -genkey -out new.pem"
vector "Ed25519" "openssl genpkey -algorithm ED25519 -out new.pem"
vector "RSA-PSS" "openssl genpkey -algorithm RSA-PSS -pkeyopt rsa_keygen_bits:2048 -out new.pem"
vector "RSA 1024" "openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:1024 -out new.pem"
vector "public key" "openssl pkey -in 2048.pem -pubout -out new.pem"
vector "public key, PKCS#1" "openssl rsa -in 2048.pem -RSAPublicKey_out -out new.pem"
vector "certificate" "openssl req -x509 -new -key 2048.pem -subj /CN=vector -out new.pem"
vector "certificate request" "openssl req -new -key 2048.pem -subj /CN=vector -out new.pem"
vector "OpenSSH" "cp 2048.pem new.pem && chmod 600 new.pem && ssh-keygen -q -p -N '' -f new.pem"
printf '\n ]\n}\n'

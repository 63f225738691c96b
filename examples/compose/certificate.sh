#!/bin/sh
# Makes a self-signed certificate for localhost where none was given, and again when it is about to end.
set -eu
umask 077
cd /etc/nginx/tls
if [ -s fullchain.pem ] && [ ! -e self-signed ]; then
  exit 0 # given: not ours to touch
fi
if [ -s fullchain.pem ] && openssl x509 -in fullchain.pem -noout -checkend 2592000 >/dev/null; then
  exit 0
fi
if ! command -v openssl >/dev/null; then
  echo "certificate.sh: there is no openssl here; put fullchain.pem and privkey.pem into the folder DASHGATE_TLS" >&2
  exit 1
fi
touch self-signed
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 397 -subj /CN=localhost \
  -addext subjectAltName=DNS:localhost,IP:127.0.0.1 -addext basicConstraints=critical,CA:FALSE \
  -addext extendedKeyUsage=serverAuth -keyout privkey.new -out fullchain.new 2>/dev/null
mv privkey.new privkey.pem
mv fullchain.new fullchain.pem
echo "certificate.sh: made a self-signed certificate for localhost"

#!/bin/sh
# Makes the corpus of this folder: fills a notary-server with the notary client,
# saves what the server serves (repositories/), and what docker prints of it
# (cases/NAME/{args,stdout,stderr,exit}).
#
# Needs notary, notary-server, docker with "trust", openssl, curl, and python3
# with the cryptography package (short.py writes files that expire soon).
#
#     sh capture.sh SCRATCH
#
# SCRATCH is an empty folder outside the source tree.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
work=${1:?scratch folder}
port=27446
server=https://127.0.0.1:$port
export PCSCLITE_CSOCK_NAME=/nonexistent
export NOTARY_ROOT_PASSPHRASE=passw0rd NOTARY_TARGETS_PASSPHRASE=passw0rd
export NOTARY_SNAPSHOT_PASSPHRASE=passw0rd NOTARY_DELEGATION_PASSPHRASE=passw0rd
export DOCKER_CONTENT_TRUST_SERVER=$server DOCKER_CONFIG=$work/docker
export LC_ALL=C.UTF-8

mkdir -p "$work/docker/tls/127.0.0.1:$port" "$work/keys"
cd "$work"

# --- the server ---------------------------------------------------------------
openssl ecparam -name prime256v1 -genkey -noout -out ca.key
openssl req -x509 -new -key ca.key -subj "/CN=corpus CA" -days 30 -out ca.crt \
	-addext "basicConstraints=critical,CA:TRUE" -addext "keyUsage=critical,keyCertSign"
openssl ecparam -name prime256v1 -genkey -noout -out server.key
openssl req -new -key server.key -subj "/CN=notary-server" -out server.csr
printf 'subjectAltName=DNS:localhost,IP:127.0.0.1\nextendedKeyUsage=serverAuth\n' >server.ext
openssl x509 -req -in server.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 30 -extfile server.ext -out server.crt
cp ca.crt "docker/tls/127.0.0.1:$port/ca.crt"
cat >server.json <<JSON
{ "server": { "http_addr": "127.0.0.1:$port", "tls_cert_file": "server.crt", "tls_key_file": "server.key" },
  "trust_service": { "type": "local" }, "logging": { "level": "error" }, "storage": { "backend": "memory" } }
JSON
notary-server -config server.json >server.log 2>&1 &
pid=$!
trap 'kill $pid' EXIT
until curl -s --cacert ca.crt "$server/_notary_server/health" >/dev/null; do :; done

# --- the repositories ---------------------------------------------------------
n() { notary -s "$server" --tlscacert "$work/ca.crt" -d "$work/trust" "$@" </dev/null; }
# tag REPOSITORY NAME CONTENT ROLES
tag() {
	gun=docker.io/$1 name=$2 digest=$(printf %s "$3" | sha256sum | cut -c-64) length=$(printf %s "$3" | wc -c)
	shift 3
	n addhash "$gun" "$name" "$length" --sha256 "$digest" "$@"
}
key() { # key NAME: keys/NAME-key.pem, not encrypted, and keys/NAME.pem
	openssl ecparam -name prime256v1 -genkey -noout | openssl pkcs8 -topk8 -nocrypt -out "keys/$1-key.pem"
	openssl pkey -in "keys/$1-key.pem" -pubout -out "keys/$1.pem"
	n key import "keys/$1-key.pem" -r "$1"
}
id() { # id REPOSITORY ROLE: the only key of a delegation
	n delegation list "docker.io/$1" | grep "^$2 " | grep -oE '[0-9a-f]{64}'
}
init() { n init "docker.io/$1"; n key rotate "docker.io/$1" snapshot -r; }
for name in alice bob carol; do key $name; done
# bob signs with a certificate: the ID in the metadata is not the canonical one.
openssl req -x509 -new -key keys/bob-key.pem -subj /CN=bob -days 3000 -out keys/bob.crt -addext basicConstraints=critical,CA:FALSE

# No signers; tags whose natural order is not that of their bytes.
init acme/nosigners
for t in 1.10 1.2 1.9 latest 02 2 002 v10 v9 1.2-rc1; do tag acme/nosigners $t "$t"; done
n publish docker.io/acme/nosigners

# Signers, a certificate among them, in several mixtures.
init acme/signers
for r in bob alice carol releases; do
	case $r in
	bob) k=keys/bob.crt ;;
	releases) k="keys/alice.pem keys/bob.crt" ;;
	*) k=keys/$r.pem ;;
	esac
	# shellcheck disable=SC2086 # several keys
	n delegation add docker.io/acme/signers targets/$r $k --all-paths
done
n publish docker.io/acme/signers
tag acme/signers both one -r targets/releases,targets/bob,targets/alice
tag acme/signers alice-only two -r targets/alice
tag acme/signers alice-released three -r targets/releases,targets/alice
tag acme/signers admin four
tag acme/signers admin-and-bob five
tag acme/signers admin-and-bob five -r targets/bob
tag acme/signers differs six -r targets/releases
tag acme/signers differs seven -r targets/alice
n publish docker.io/acme/signers

# Delegations below delegations, and paths.
init acme/nested
n delegation add docker.io/acme/nested targets/releases keys/alice.pem --all-paths
n delegation add docker.io/acme/nested targets/team keys/bob.pem --paths v1,v2,w
n delegation add docker.io/acme/nested targets/quiet keys/carol.pem --all-paths
n publish docker.io/acme/nested
n delegation add docker.io/acme/nested targets/team/ci keys/carol.pem --paths v1,w
n publish docker.io/acme/nested
tag acme/nested v1.0 one -r targets/releases,targets/team
tag acme/nested v2.0 two -r targets/releases,targets/team
tag acme/nested w3.0 three -r targets/releases
n publish docker.io/acme/nested
tag acme/nested v1.0 one -r targets/team/ci
n publish docker.io/acme/nested
# The paths shrink after the tags were signed: v2.0 is outside them now, and
# part of the paths of targets/team/ci.
n delegation remove docker.io/acme/nested targets/team --paths v2,w -y
n publish docker.io/acme/nested

# All signed tags were revoked; a signer has no keys left.
init acme/revoked
for r in alice carol releases; do
	n delegation add docker.io/acme/revoked targets/$r keys/alice.pem --all-paths
done
n publish docker.io/acme/revoked
tag acme/revoked 1.0 one -r targets/releases,targets/alice
n publish docker.io/acme/revoked
n remove docker.io/acme/revoked 1.0 -r targets/releases,targets/alice -p
n delegation remove docker.io/acme/revoked targets/carol "$(id acme/revoked targets/carol)" -y
n publish docker.io/acme/revoked

# Names that a table and an encoder must get right.
init acme/names
accent=$(printf 'e\314\201')
for t in '日本語' 'a<b>&c' 'back\slash"quote' "$accent" '🚀' '…' 'plain'; do
	tag acme/names "$t" "$t"
done
n publish docker.io/acme/names

# A delegation that lost the key that signed it: docker overlooks the role.
init acme/undersigned
n delegation add docker.io/acme/undersigned targets/alice keys/alice.pem --all-paths
n delegation add docker.io/acme/undersigned targets/releases keys/bob.pem --all-paths
n publish docker.io/acme/undersigned
tag acme/undersigned 1.0 one -r targets/releases,targets/alice
n publish docker.io/acme/undersigned
alice=$(id acme/undersigned targets/alice)
n delegation add docker.io/acme/undersigned targets/alice keys/carol.pem
n delegation remove docker.io/acme/undersigned targets/alice "$alice" -y
n publish docker.io/acme/undersigned

# Files that expire: a delegation, which docker overlooks, and targets.
for r in delegation targets; do
	init acme/expired-$r
	n delegation add docker.io/acme/expired-$r targets/alice keys/alice.pem --all-paths
	n delegation add docker.io/acme/expired-$r targets/releases keys/bob.pem --all-paths
	n publish docker.io/acme/expired-$r
	tag acme/expired-$r 1.0 one -r targets/releases,targets/alice
	n publish docker.io/acme/expired-$r
done
python3 "$here/short.py" "$server" ca.crt docker.io/acme/expired-delegation targets/alice keys/alice-key.pem
python3 "$here/short.py" "$server" ca.crt docker.io/acme/expired-targets targets trust/private passw0rd

# --- what the server serves ---------------------------------------------------
rm -rf "$here/repositories" "$here/cases"
for repo in nosigners signers nested revoked names undersigned expired-delegation expired-targets; do
	gun=docker.io/acme/$repo
	dir=$here/repositories/acme/$repo
	mkdir -p "$dir"
	for role in root targets snapshot timestamp $(python3 "$here/short.py" "$server" ca.crt "$gun" list); do
		mkdir -p "$(dirname "$dir/$role")"
		curl -sf --cacert ca.crt "$server/v2/$gun/_trust/tuf/$role.json" >"$dir/$role.json"
	done
done
date -u +%Y-%m-%dT%H:%M:%SZ >"$here/repositories/read-at"

# --- what docker prints -------------------------------------------------------
# inspect CASE ARGUMENT...
inspect() {
	dir=$here/cases/$1
	shift
	mkdir -p "$dir"
	for a in "$@"; do printf '%s\n' "$a"; done >"$dir/args"
	rm -rf "$DOCKER_CONFIG/trust"
	code=0
	docker trust inspect "$@" >"$dir/stdout" 2>"$dir/stderr" || code=$?
	echo $code >"$dir/exit"
}
for repo in nosigners signers nested revoked names undersigned expired-delegation expired-targets absent; do
	inspect $repo acme/$repo
	inspect $repo-pretty --pretty acme/$repo
done
for pretty in "" --pretty; do
	inspect one-tag$pretty $pretty acme/nosigners:1.2
	inspect absent-tag$pretty $pretty acme/signers:none
	inspect unreleased-tag$pretty $pretty acme/signers:alice-only
	inspect two-digests$pretty $pretty acme/signers:differs
	inspect full-name$pretty $pretty docker.io/acme/signers:both
	inspect inside-paths$pretty $pretty acme/nested:v1.0
	inspect outside-paths$pretty $pretty acme/nested:v2.0
	inspect several$pretty $pretty acme/nosigners acme/signers:both acme/revoked
	inspect several-one-absent$pretty $pretty acme/nosigners acme/absent acme/revoked acme/gone
	inspect upper-case$pretty $pretty acme/Signers
	inspect digest$pretty $pretty acme/signers@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
	inspect tag-and-digest$pretty $pretty acme/signers:both@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
	inspect space$pretty $pretty "acme/no signers"
	inspect url$pretty $pretty https://docker.io/acme/signers
done
kill $pid
trap - EXIT
wait $pid || :
for pretty in "" --pretty; do inspect unreachable$pretty $pretty acme/nosigners; done

"""Helpers of capture.sh: list the published delegations of a repository, or
publish a role again so that it expires within seconds, and wait for that.

    short.py SERVER CA GUN list
    short.py SERVER CA GUN ROLE KEY [PASSPHRASE]

KEY is a PEM file, or the folder of encrypted key files to take the key of the
role from.
"""

import base64
import datetime
import json
import pathlib
import ssl
import subprocess
import sys
import time
import urllib.request

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, utils

server, ca, gun, role, *key = sys.argv[1:]
context = ssl.create_default_context(cafile=ca)
base = f"{server}/v2/{gun}/_trust/tuf/"


def get(name):
    with urllib.request.urlopen(f"{base}{name}.json", context=context) as answer:
        return json.load(answer)


if role == "list":
    print(*[r for r in get("snapshot")["signed"]["meta"] if r.startswith("targets/")])
    sys.exit()

parent = get("root" if role == "targets" else "targets")["signed"]
if role == "targets":
    (keyid,) = parent["roles"]["targets"]["keyids"]
else:
    (keyid,) = [r for r in parent["delegations"]["roles"] if r["name"] == role][0]["keyids"]

path = pathlib.Path(key[0])
if path.is_dir():
    # OpenSSL knows no PEM headers; and only OpenSSL reads the PKCS#8 version 1
    # that Notary writes.
    lines = (path / f"{keyid}.key").read_bytes().splitlines(keepends=True)
    pem = b"".join(line for line in lines if b": " not in line and line.strip())
    for command in (["openssl", "pkcs8", "-passin", f"pass:{key[1]}"], ["openssl", "ec"]):
        pem = subprocess.run(command, input=pem, check=True, capture_output=True).stdout
else:
    pem = path.read_bytes()
private = serialization.load_pem_private_key(pem, None)

expires = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=3)
signed = get(role)["signed"]
signed["version"] += 1
signed["expires"] = expires.strftime("%Y-%m-%dT%H:%M:%SZ")
message = json.dumps(signed, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
r, s = utils.decode_dss_signature(private.sign(message, ec.ECDSA(hashes.SHA256())))
sig = base64.b64encode(r.to_bytes(32, "big") + s.to_bytes(32, "big")).decode()
envelope = b'{"signed":%s,"signatures":%s}' % (
    message,
    json.dumps([{"keyid": keyid, "method": "ecdsa", "sig": sig}], separators=(",", ":")).encode(),
)
body = (
    b'--B\r\nContent-Disposition: form-data; name="files"; filename="%s"\r\n'
    b"Content-Type: application/octet-stream\r\n\r\n%s\r\n--B--\r\n" % (role.encode(), envelope)
)
request = urllib.request.Request(
    base, data=body, method="POST", headers={"Content-Type": "multipart/form-data; boundary=B"}
)
urllib.request.urlopen(request, context=context).read()
while datetime.datetime.now(datetime.timezone.utc) < expires + datetime.timedelta(seconds=2):
    time.sleep(0.2)

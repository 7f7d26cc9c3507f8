"""Makes envelopes.json with the "cryptography" package: python3 make_envelopes.py private_keys.json > envelopes.json"""
import base64, json, os, sys
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

TEXTS = ["", "hello", "Grüße, 世界 👋", "\ufeffbom", '{"full":"data:image/png;base64,iVBORw0KGgo="}', "x" * 5000]

keys = json.load(open(sys.argv[1]))["keys"]


def b64(data):
    return base64.b64encode(data).decode()


def seal(spki, algorithm, plaintext, key_bytes=32):
    public = serialization.load_der_public_key(base64.b64decode(spki))
    key, iv = os.urandom(key_bytes), os.urandom(12)
    oaep = padding.OAEP(padding.MGF1(algorithm), algorithm, None)
    return {"_enc": 1, "k": b64(public.encrypt(key, oaep)), "iv": b64(iv), "d": b64(AESGCM(key).encrypt(iv, plaintext, None))}


opened = [
    {"hash": name, "key": bits, "text": text, "envelope": seal(keys[bits]["spki"], algorithm, text.encode())}
    for bits in keys
    for name, algorithm in (("SHA-256", hashes.SHA256()), ("SHA-1", hashes.SHA1()))
    for text in (TEXTS if bits == "2048" else TEXTS[1:2])
]
spki = keys["2048"]["spki"]
refused = [
    {"why": "the plaintext is not UTF-8", "envelope": seal(spki, hashes.SHA256(), b"\xc3\x28")},
    {"why": "the content key has 16 bytes", "envelope": seal(spki, hashes.SHA256(), b"hello", 16)},
    {"why": "the content key has 24 bytes", "envelope": seal(spki, hashes.SHA256(), b"hello", 24)},
    {"why": "it was wrapped with SHA-1", "envelope": seal(spki, hashes.SHA1(), b"hello")},
    {"why": "it was made for another key", "envelope": seal(keys["3072"]["spki"], hashes.SHA256(), b"hello")},
]
command = "python3 make_envelopes.py private_keys.json > envelopes.json"
json.dump({"command": command, "opened": opened, "refused": refused}, sys.stdout, indent=1)

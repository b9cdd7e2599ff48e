"""Client Initials with a ClientHello, sealed with the keys that their connection IDs give (RFC 9001, section 5).

Plain Python 3 and OpenSSL's libcrypto, which vipscope needs as well.
"""
import ctypes
import ctypes.util
import hmac
import struct

SALT = bytes.fromhex("38762cf7f55934b34d179ae6a4c80cadccbb7f0a")
GET_TAG = 16


def libcrypto():
    library = ctypes.CDLL(ctypes.util.find_library("crypto") or "libcrypto.so.3")
    for name in ("EVP_CIPHER_CTX_new", "EVP_aes_128_gcm", "EVP_aes_128_ecb"):
        getattr(library, name).restype = ctypes.c_void_p
    library.EVP_EncryptInit_ex.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_char_p, ctypes.c_char_p]
    library.EVP_EncryptUpdate.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.POINTER(ctypes.c_int), ctypes.c_char_p, ctypes.c_int]
    library.EVP_EncryptFinal_ex.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.POINTER(ctypes.c_int)]
    library.EVP_CIPHER_CTX_ctrl.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_int, ctypes.c_char_p]
    return library


class Sealer:
    """AES-128-GCM and AES-128-ECB, contexts used again."""

    def __init__(self):
        self.library = libcrypto()
        self.gcm, self.ecb = self.library.EVP_CIPHER_CTX_new(), self.library.EVP_CIPHER_CTX_new()
        self.library.EVP_EncryptInit_ex(self.gcm, self.library.EVP_aes_128_gcm(), None, None, None)
        self.library.EVP_EncryptInit_ex(self.ecb, self.library.EVP_aes_128_ecb(), None, None, None)
        self.output = ctypes.create_string_buffer(2048)
        self.count = ctypes.c_int()

    def seal(self, key, nonce, header, payload):
        library, count = self.library, ctypes.byref(self.count)
        library.EVP_EncryptInit_ex(self.gcm, None, None, key, nonce)
        library.EVP_EncryptUpdate(self.gcm, None, count, header, len(header))
        library.EVP_EncryptUpdate(self.gcm, self.output, count, payload, len(payload))
        sealed = self.output.raw[:len(payload)]
        library.EVP_EncryptFinal_ex(self.gcm, self.output, count)
        library.EVP_CIPHER_CTX_ctrl(self.gcm, GET_TAG, 16, self.output)
        return sealed + self.output.raw[:16]

    def mask(self, key, sample):
        self.library.EVP_EncryptInit_ex(self.ecb, None, None, key, None)
        self.library.EVP_EncryptUpdate(self.ecb, self.output, ctypes.byref(self.count), sample, 16)
        return self.output.raw[:5]


def expand(secret, label, length):
    info = struct.pack(">HB", length, len(label) + 6) + b"tls13 " + label + b"\0"
    return hmac.digest(secret, info + b"\1", "sha256")[:length]


def client_keys(connection_id):
    secret = expand(hmac.digest(SALT, connection_id, "sha256"), b"client in", 32)
    return expand(secret, b"quic key", 16), expand(secret, b"quic iv", 12), expand(secret, b"quic hp", 16)


def varint(value):
    return struct.pack(">H", 0x4000 | value)


def initial(sealer, connection_id, keys, number, frames):
    """A datagram of 1200 octets."""
    key, iv, protection = keys
    header = b"\xc0\0\0\0\1" + bytes([len(connection_id)]) + connection_id + b"\0\0"
    payload = frames.ljust(1200 - len(header) - 3 - 16, b"\0")
    header += varint(1 + len(payload) + 16) + bytes([number])
    nonce = iv[:-1] + bytes([iv[-1] ^ number])
    sealed = sealer.seal(key, nonce, header, payload)
    mask = sealer.mask(protection, sealed[3:19])
    return bytes([header[0] ^ mask[0] & 15]) + header[1:-1] + bytes([number ^ mask[1]]) + sealed


def extension(kind, body):
    return struct.pack(">HH", kind, len(body)) + body


def vector(body):
    return struct.pack(">H", len(body)) + body


def client_hello(name, rnd, share):
    """As a browser's, with a key share of its choice."""
    host = name.encode()
    extensions = b"".join((
        extension(0, vector(b"\0" + vector(host))), extension(10, vector(b"\x11\xec\0\x1d\0\x17\0\x18")),
        extension(13, vector(bytes.fromhex("04030804040105030805050108060601"))),
        extension(16, vector(b"\x02h3")), extension(27, b"\x02\0\x02"), extension(43, b"\x02\3\4"), extension(45, b"\x01\x01"),
        extension(51, vector(share + b"\0\x1d" + vector(rnd.randbytes(32)))), extension(57, rnd.randbytes(80))))
    body = b"\3\3" + rnd.randbytes(32) + b"\0" + vector(b"\x13\1\x13\2\x13\3") + b"\1\0" + vector(extensions)
    return b"\1" + len(body).to_bytes(3, "big") + body


def crypto(offset, data):
    return b"\6" + varint(offset) + varint(len(data)) + data


def attempt(sealer, name, rnd):
    """The datagrams of one attempt: every second hello brings a post-quantum key share, and takes two."""
    connection_id = rnd.randbytes(8)
    keys = client_keys(connection_id)
    if rnd.random() < 0.5:
        return [initial(sealer, connection_id, keys, 0, crypto(0, client_hello(name, rnd, b"")))]
    hello = client_hello(name, rnd, b"\x11\xec" + vector(rnd.randbytes(1216)))
    cut = rnd.randrange(600, 1000)
    return [initial(sealer, connection_id, keys, 0, crypto(0, hello[:cut])),
            initial(sealer, connection_id, keys, 1, crypto(cut, hello[cut:]))]

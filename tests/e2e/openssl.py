"""What Python's ssl module lacks and a server's peer needs: keying material of a TLS connection, and Ed25519. From the
system's OpenSSL, which obrold uses as well."""

import ctypes
import socket

SECONDS_MAX = 60.0

SSL = ctypes.CDLL("libssl.so.3")
CRYPTO = ctypes.CDLL("libcrypto.so.3")
ED25519 = 1087  # NID_ED25519
TLS1_3 = 0x0304
SSL_CTRL_SET_MIN_PROTO_VERSION = 123
SSL_ERROR_WANT_READ = 2
SSL_ERROR_WANT_WRITE = 3
FILETYPE_PEM = 1

for library, names in (
        (SSL, ("TLS_client_method", "TLS_server_method", "SSL_CTX_new", "SSL_new", "SSL_CTX_ctrl")),
        (CRYPTO, ("EVP_PKEY_new_raw_private_key", "EVP_MD_CTX_new"))):
    for name in names:
        getattr(library, name).restype = ctypes.c_void_p


class Failure(Exception):
    """OpenSSL could not do it."""


def check(result, what):
    if not result or (isinstance(result, int) and result <= 0):
        raise Failure(what)
    return result


class SigningKey:
    """Of a server: Ed25519 from its 32 secret bytes."""

    def __init__(self, seed):
        self.key = ctypes.c_void_p(check(CRYPTO.EVP_PKEY_new_raw_private_key(ED25519, None, seed, ctypes.c_size_t(len(seed))),
                                         "no private key"))
        public, size = ctypes.create_string_buffer(32), ctypes.c_size_t(32)
        check(CRYPTO.EVP_PKEY_get_raw_public_key(self.key, public, ctypes.byref(size)), "no public key")
        self.public = public.raw

    def sign(self, text):
        context = ctypes.c_void_p(CRYPTO.EVP_MD_CTX_new())
        signature, size = ctypes.create_string_buffer(64), ctypes.c_size_t(64)
        try:
            check(CRYPTO.EVP_DigestSignInit(context, None, None, None, self.key), "cannot sign")
            check(CRYPTO.EVP_DigestSign(context, signature, ctypes.byref(size), text, ctypes.c_size_t(len(text))), "cannot sign")
        finally:
            CRYPTO.EVP_MD_CTX_free(context)
        return signature.raw


class Tls:
    """A TLS 1.3 connection over a connected socket."""

    def __init__(self, plain, alpn, certificate=None):
        """`certificate`: (PEM file, PEM file of its key) makes this the server's side."""
        method = SSL.TLS_server_method() if certificate else SSL.TLS_client_method()
        self.context = ctypes.c_void_p(check(SSL.SSL_CTX_new(ctypes.c_void_p(method)), "no context"))
        SSL.SSL_CTX_ctrl(self.context, SSL_CTRL_SET_MIN_PROTO_VERSION, ctypes.c_long(TLS1_3), None)
        offered = bytes([len(alpn)]) + alpn
        if certificate:
            names = [name.encode() for name in certificate]
            check(SSL.SSL_CTX_use_certificate_chain_file(self.context, names[0]), "no certificate")
            check(SSL.SSL_CTX_use_PrivateKey_file(self.context, names[1], FILETYPE_PEM), "no key")
            self.choose = CHOOSE(lambda ssl, out, out_size, asked, asked_size, argument: choose(offered, out, out_size))
            SSL.SSL_CTX_set_alpn_select_cb(self.context, self.choose, None)
        else:
            SSL.SSL_CTX_set_alpn_protos(self.context, offered, len(offered))
        self.socket = plain
        self.socket.settimeout(SECONDS_MAX)
        # The descriptor itself must block: OpenSSL reads and writes it.
        self.socket.setblocking(True)
        timeout = SECONDS_MAX.__trunc__().to_bytes(8, "little") + bytes(8)
        for option in (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO):
            self.socket.setsockopt(socket.SOL_SOCKET, option, timeout)
        self.ssl = ctypes.c_void_p(check(SSL.SSL_new(self.context), "no connection"))
        SSL.SSL_set_fd(self.ssl, self.socket.fileno())
        check(SSL.SSL_accept(self.ssl) if certificate else SSL.SSL_connect(self.ssl), "the TLS handshake failed")

    def exported(self, label):
        material = ctypes.create_string_buffer(32)
        check(SSL.SSL_export_keying_material(self.ssl, material, ctypes.c_size_t(32), label, ctypes.c_size_t(len(label)), None,
                                             ctypes.c_size_t(0), 0), "no keying material")
        return material.raw

    def send(self, data):
        """False once the other side is gone."""
        if not self.ssl:
            return False
        count = ctypes.c_size_t()
        while data:
            part = data[:1 << 20]
            if SSL.SSL_write_ex(self.ssl, part, ctypes.c_size_t(len(part)), ctypes.byref(count)) != 1:
                return False
            data = data[count.value:]
        return True

    def receive(self):
        """Empty at the end, however that came; a timeout is an error."""
        if not self.ssl:
            return b""
        buffer, count = ctypes.create_string_buffer(1 << 16), ctypes.c_size_t()
        result = SSL.SSL_read_ex(self.ssl, buffer, ctypes.c_size_t(len(buffer)), ctypes.byref(count))
        if result == 1:
            return buffer.raw[:count.value]
        if SSL.SSL_get_error(self.ssl, result) in (SSL_ERROR_WANT_READ, SSL_ERROR_WANT_WRITE):
            raise TimeoutError("the other side says nothing")
        return b""

    def close(self):
        """As often as one likes."""
        if self.ssl:
            SSL.SSL_free(self.ssl)
            SSL.SSL_CTX_free(self.context)
            self.ssl = None
        self.socket.close()


CHOOSE = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.POINTER(ctypes.c_void_p), ctypes.POINTER(ctypes.c_ubyte),
                          ctypes.c_void_p, ctypes.c_uint, ctypes.c_void_p)


def choose(offered, out, out_size):
    name = ctypes.create_string_buffer(offered[1:], offered[0])
    CHOSEN.append(name)
    out[0] = ctypes.addressof(name)
    out_size[0] = offered[0]
    return 0


# OpenSSL reads the chosen names after the choice.
CHOSEN = []

"""Certificates: of a small authority, whose root stays at home and whose intermediate is sent along, as ACME's do; and self-signed ones."""

ZONE = "laurivan.com"
CURVE = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")


def root(lan):
    """The certificate that clients would have to know."""
    path = lan.directory / "authority-root.crt"
    if not path.exists():
        lan.switch.run("openssl", "req", "-x509", *CURVE, "-days", 3650, "-subj", "/O=Example Trust/CN=Example Root X1",
                       "-addext", "keyUsage=critical,keyCertSign,cRLSign", "-keyout", path.with_suffix(".key"), "-out", path)
    return path


def sign(lan, path, subject, issuer, days, *extensions):
    """A certificate for a new key, signed by the issuer's."""
    request, options = path.with_suffix(".csr"), path.with_suffix(".ext")
    options.write_text("\n".join([*extensions, "subjectKeyIdentifier=hash", "authorityKeyIdentifier=keyid"]) + "\n")
    lan.switch.run("openssl", "req", *CURVE, "-subj", subject, "-keyout", path.with_suffix(".key"), "-out", request)
    lan.switch.run("openssl", "x509", "-req", "-in", request, "-CA", issuer, "-CAkey", issuer.with_suffix(".key"),
                   "-CAcreateserial", "-days", days, "-sha256", "-extfile", options, "-out", path)
    return path


def issued(lan, name="gateway", subject=f"*.{ZONE}"):
    """A chain of leaf and intermediate, without the root, and the leaf's key."""
    intermediate = lan.directory / "authority.crt"
    if not intermediate.exists():
        sign(lan, intermediate, "/O=Example Trust/CN=E5", root(lan), 1000, "basicConstraints=critical,CA:TRUE,pathlen:0",
             "keyUsage=critical,digitalSignature,keyCertSign,cRLSign")
    leaf = sign(lan, lan.directory / f"{name}-leaf.crt", f"/CN={subject}", intermediate, 90, "basicConstraints=critical,CA:FALSE",
                "keyUsage=critical,digitalSignature", "extendedKeyUsage=serverAuth", f"subjectAltName=DNS:{subject}")
    chain = lan.directory / f"{name}.crt"
    chain.write_text(leaf.read_text() + intermediate.read_text())
    return chain, leaf.with_suffix(".key")


def certificate(lan, name="gateway", subject=f"*.{ZONE}", at=None, days=90):
    """A self-signed certificate and its key; `at` is the day on which it was made, where that is not today."""
    key, path = lan.directory / f"{name}.key", lan.directory / f"{name}.crt"
    words = ["openssl", "req", "-x509", *CURVE, "-days", days, "-subj", f"/CN={subject}", "-addext", f"subjectAltName=DNS:{subject}",
             "-keyout", key, "-out", path]
    lan.switch.run(*(["faketime", at] if at else []), *words)
    return path, key

#pragma once
// SHA1_Init, SHA256_Transform and their like, which OpenSSL 3 deprecates in favour of EVP: what EVP does around each digest costs more than the few blocks that a
// Community ID (MessageDigest) or an Initial's keys (InitialSecrets) are made of, and it cannot go on from a state that was computed once.
// A libcrypto that was built without deprecated functions (no-deprecated) will not do; no distribution's is.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/md5.h>
#include <openssl/sha.h>

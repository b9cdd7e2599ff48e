#pragma once
// SHA256_Init and SHA256_Transform, which OpenSSL 3 deprecates in favour of EVP: what EVP does around each digest costs more than the blocks that
// an Initial's keys are made of, and it cannot go on from a state that was computed once (InitialSecrets).
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/sha.h>

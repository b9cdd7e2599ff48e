#pragma once
// Short digests for each packet: MessageDigest says why.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/md5.h>
#include <openssl/sha.h>

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sm2.c - counts what goes through the two doors of signing and verifying. The linker sends the
 * calls of the whole library here (see meson.build).
 */
#include "bench.h"

struct bench_sm2 bench_sm2;

yx_status __real_yx_public_key_verify(const struct yx_public_key *key,
                                      yx_signature_algorithm algorithm, struct yx_bytes message,
                                      struct yx_bytes signature, struct yx_error *err);
yx_status __wrap_yx_public_key_verify(const struct yx_public_key *key,
                                      yx_signature_algorithm algorithm, struct yx_bytes message,
                                      struct yx_bytes signature, struct yx_error *err);
yx_status __real_yx_private_key_sign(const struct yx_private_key *key,
                                     yx_signature_algorithm algorithm, struct yx_bytes message,
                                     struct yx_buf *signature, struct yx_error *err);
yx_status __wrap_yx_private_key_sign(const struct yx_private_key *key,
                                     yx_signature_algorithm algorithm, struct yx_bytes message,
                                     struct yx_buf *signature, struct yx_error *err);

yx_status __wrap_yx_public_key_verify(const struct yx_public_key *key,
                                      yx_signature_algorithm algorithm, struct yx_bytes message,
                                      struct yx_bytes signature, struct yx_error *err)
{
    double start = bench_cpu();
    yx_status status = __real_yx_public_key_verify(key, algorithm, message, signature, err);
    bench_sm2.seconds += bench_cpu() - start;
    bench_sm2.verifications++;
    return status;
}

yx_status __wrap_yx_private_key_sign(const struct yx_private_key *key,
                                     yx_signature_algorithm algorithm, struct yx_bytes message,
                                     struct yx_buf *signature, struct yx_error *err)
{
    double start = bench_cpu();
    yx_status status = __real_yx_private_key_sign(key, algorithm, message, signature, err);
    bench_sm2.seconds += bench_cpu() - start;
    bench_sm2.signatures++;
    return status;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * doors.c - measures what goes through four doors of the library: making and checking signatures,
 * validating certificates, reading them. The linker sends the library's calls here (see
 * meson.build). Time inside an inner door is not counted for the outer one.
 */
#include "bench.h"

struct bench_doors bench_doors;

struct visit {
    double start;
    double before; /* what inner doors of the visit around it had taken */
};

/* What doors inside the visit that is going on have taken. */
static double inner;

static struct visit enter(void)
{
    struct visit visit = {bench_cpu(), inner};
    inner = 0;
    return visit;
}

static void leave(struct visit visit, struct bench_door *door)
{
    double spent = bench_cpu() - visit.start;
    door->seconds += spent - inner;
    door->count++;
    inner = visit.before + spent;
}

/* The linker's names for a function and for what stands in its place. */
#define DOOR(name, ...)                   \
    yx_status __real_##name(__VA_ARGS__); \
    yx_status __wrap_##name(__VA_ARGS__); \
    yx_status __wrap_##name(__VA_ARGS__)

DOOR(yx_public_key_verify, const struct yx_public_key *key, yx_signature_algorithm algorithm,
     struct yx_bytes message, struct yx_bytes signature, struct yx_error *err)
{
    struct visit visit = enter();
    yx_status status = __real_yx_public_key_verify(key, algorithm, message, signature, err);
    leave(visit, &bench_doors.verify);
    return status;
}

DOOR(yx_private_key_sign, const struct yx_private_key *key, yx_signature_algorithm algorithm,
     struct yx_bytes message, struct yx_buf *signature, struct yx_error *err)
{
    struct visit visit = enter();
    yx_status status = __real_yx_private_key_sign(key, algorithm, message, signature, err);
    leave(visit, &bench_doors.sign);
    return status;
}

DOOR(yx_cert_validate, const struct yx_trust *trust, const struct yx_cert *cert, yx_cert_use use,
     yx_time at, yx_time now, struct yx_cert_findings *out, struct yx_error *err)
{
    struct visit visit = enter();
    yx_status status = __real_yx_cert_validate(trust, cert, use, at, now, out, err);
    leave(visit, &bench_doors.validate);
    return status;
}

DOOR(yx_cert_from_der, struct yx_bytes der, struct yx_cert **out, struct yx_error *err)
{
    struct visit visit = enter();
    yx_status status = __real_yx_cert_from_der(der, out, err);
    leave(visit, &bench_doors.read);
    return status;
}
